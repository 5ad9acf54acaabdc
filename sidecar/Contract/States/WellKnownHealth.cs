using System.Text;

namespace HaNatsBridge.Contract.States;

/// <summary>
/// The well-known numbers of a health report and the diagnostic sensors that they become: keys under the reserved prefix, off by default (contract.md, "State", <c>.health</c>).
/// </summary>
internal sealed record WellKnownHealth(string Member, string Key, ReadOnlyMemory<byte> Description)
{
    /// <summary>The prefix that no announced entity may use.</summary>
    public const string Prefix = "health_";

    public static readonly WellKnownHealth[] All =
    [
        Make("rssi", """ "device_class":"signal_strength","state_class":"measurement","unit_of_measurement":"dBm" """),
        Make("uptime_s", """ "device_class":"duration","state_class":"measurement","unit_of_measurement":"s" """, "Uptime"),
        Make("battery", """ "device_class":"battery","state_class":"measurement","unit_of_measurement":"%" """),
        Make("free_heap", """ "device_class":"data_size","state_class":"measurement","unit_of_measurement":"B" """, "Free heap"),
    ];

    private static WellKnownHealth Make(string member, string fields, string? name = null)
    {
        // A name left out lets Home Assistant name it by its device class, in the person's language.
        var named = name is null ? "" : $"\"name\":\"{name}\",";
        var json = $"{{\"key\":\"{Prefix}{member}\",\"platform\":\"sensor\",{named}\"entity_category\":\"diagnostic\",\"enabled_by_default\":false,{fields.Trim()}}}";
        return new WellKnownHealth(member, Prefix + member, Encoding.UTF8.GetBytes(json));
    }
}
