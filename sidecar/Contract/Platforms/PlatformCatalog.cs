using System.Collections.Frozen;
using HaNatsBridge.Contract.Platforms.Definitions;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>The known platforms. A new one needs its file, a line here and a folder of fixtures.</summary>
internal static class PlatformCatalog
{
    private static readonly FrozenDictionary<string, PlatformDefinition> ByName = new PlatformDefinition[]
    {
        new BinarySensorPlatform(),
        new ButtonPlatform(),
        new ClimatePlatform(),
        new CoverPlatform(),
        new EventPlatform(),
        new LightPlatform(),
        new LockPlatform(),
        new NumberPlatform(),
        new SelectPlatform(),
        new SensorPlatform(),
        new SwitchPlatform(),
        new TextPlatform(),
    }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => ByName.Keys;

    public static IEnumerable<PlatformDefinition> All => ByName.Values;

    public static PlatformDefinition? Find(string name) => ByName.GetValueOrDefault(name);
}
