using System.Collections.Frozen;
using HaNatsBridge.Contract.Platforms.Definitions;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>The known platforms. A new one needs its file, a line here and a folder of fixtures.</summary>
internal static class PlatformCatalog
{
    private static readonly FrozenDictionary<string, PlatformDefinition> ByName = new PlatformDefinition[]
    {
        new AlarmControlPanelPlatform(),
        new BinarySensorPlatform(),
        new ButtonPlatform(),
        new CalendarPlatform(),
        new CameraPlatform(),
        new ClimatePlatform(),
        new CoverPlatform(),
        new DatePlatform(),
        new DateTimePlatform(),
        new DeviceTrackerPlatform(),
        new EventPlatform(),
        new FanPlatform(),
        new HumidifierPlatform(),
        new ImagePlatform(),
        new InfraredPlatform(),
        new LawnMowerPlatform(),
        new LightPlatform(),
        new LockPlatform(),
        new MediaPlayerPlatform(),
        new NotifyPlatform(),
        new NumberPlatform(),
        new RadioFrequencyPlatform(),
        new RemotePlatform(),
        new ScenePlatform(),
        new SelectPlatform(),
        new SensorPlatform(),
        new SirenPlatform(),
        new SwitchPlatform(),
        new TextPlatform(),
        new TimePlatform(),
        new TodoPlatform(),
        new UpdatePlatform(),
        new VacuumPlatform(),
        new ValvePlatform(),
        new WaterHeaterPlatform(),
        new WeatherPlatform(),
    }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    public static IEnumerable<PlatformDefinition> All => ByName.Values;

    public static PlatformDefinition? Find(string name) => ByName.GetValueOrDefault(name);
}
