using System.Collections.Frozen;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>
/// Every component of Home Assistant's <c>mqtt</c> that becomes an entity. Device triggers and tags are elsewhere.
/// </summary>
internal static class ComponentCatalog
{
    private static readonly FrozenDictionary<string, Func<OptionReader, EntityServices, MqttEntity>> All =
        new Dictionary<string, Func<OptionReader, EntityServices, MqttEntity>>(StringComparer.Ordinal)
        {
            ["alarm_control_panel"] = (options, services) => new AlarmControlPanelComponent(options, services),
            ["binary_sensor"] = (options, services) => new BinarySensorComponent(options, services),
            ["button"] = (options, services) => new ButtonComponent(options, services),
            ["camera"] = (options, services) => new CameraComponent(options, services),
            ["climate"] = (options, services) => new ClimateComponent(options, services),
            ["cover"] = (options, services) => new CoverComponent(options, services),
            ["date"] = (options, services) => new DateComponent(options, services),
            ["datetime"] = (options, services) => new DateTimeComponent(options, services),
            ["device_tracker"] = (options, services) => new DeviceTrackerComponent(options, services),
            ["event"] = (options, services) => new EventComponent(options, services),
            ["fan"] = (options, services) => new FanComponent(options, services),
            ["humidifier"] = (options, services) => new HumidifierComponent(options, services),
            ["image"] = (options, services) => new ImageComponent(options, services),
            ["infrared"] = (options, services) => new InfraredComponent(options, services),
            ["lawn_mower"] = (options, services) => new LawnMowerComponent(options, services),
            ["light"] = LightComponent.Create,
            ["lock"] = (options, services) => new LockComponent(options, services),
            ["notify"] = (options, services) => new NotifyComponent(options, services),
            ["number"] = (options, services) => new NumberComponent(options, services),
            ["scene"] = (options, services) => new SceneComponent(options, services),
            ["select"] = (options, services) => new SelectComponent(options, services),
            ["sensor"] = (options, services) => new SensorComponent(options, services),
            ["siren"] = (options, services) => new SirenComponent(options, services),
            ["switch"] = (options, services) => new SwitchComponent(options, services),
            ["text"] = (options, services) => new TextComponent(options, services),
            ["time"] = (options, services) => new TimeComponent(options, services),
            ["update"] = (options, services) => new UpdateComponent(options, services),
            ["vacuum"] = (options, services) => new VacuumComponent(options, services),
            ["valve"] = (options, services) => new ValveComponent(options, services),
            ["water_heater"] = (options, services) => new WaterHeaterComponent(options, services),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the component becomes an entity.</summary>
    public static bool Has(string component) => All.ContainsKey(component);

    /// <summary>Makes the entity; what is wrong with its options is in the reader.</summary>
    public static MqttEntity Create(string component, OptionReader options, EntityServices services) =>
        All[component](options, services);
}
