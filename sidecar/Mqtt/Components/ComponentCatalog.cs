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
            ["binary_sensor"] = (options, services) => new BinarySensorComponent(options, services),
            ["button"] = (options, services) => new ButtonComponent(options, services),
            ["sensor"] = (options, services) => new SensorComponent(options, services),
            ["switch"] = (options, services) => new SwitchComponent(options, services),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the component becomes an entity.</summary>
    public static bool Has(string component) => All.ContainsKey(component);

    /// <summary>Makes the entity; what is wrong with its options is in the reader.</summary>
    public static MqttEntity Create(string component, OptionReader options, EntityServices services) =>
        All[component](options, services);
}
