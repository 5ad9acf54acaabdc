using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.States;

/// <summary>Reads heartbeats: any JSON, or none, is a sign of life.</summary>
public static class HealthReader
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>Reads a heartbeat. Never throws for what a device sent.</summary>
    public static HealthReport Read(ReadOnlySpan<byte> payload)
    {
        using var document = StrictJson.ParseLeniently(payload, MaxBytes, out _);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return HealthReport.SignOfLife;
        }

        var root = document.RootElement;
        var values = ImmutableArray.CreateBuilder<HealthValue>();
        foreach (var known in WellKnownHealth.All)
        {
            if (root.TryGetProperty(known.Member, out var value) && value.ValueKind == JsonValueKind.Number)
            {
                values.Add(new HealthValue(known.Key, JsonMarshal.GetRawUtf8Value(value).ToArray()));
            }
        }

        var status = JsonFields.Text(root, "status") switch
        {
            "online" => "online",
            "degraded" => "degraded",
            "offline" => "offline",
            _ => null,
        };
        return status is null && values.Count == 0 ? HealthReport.SignOfLife : new HealthReport(status, values.ToImmutable());
    }
}

/// <summary>A heartbeat (docs/devices.md, "State", <c>.health</c>).</summary>
/// <param name="Status"><c>online</c>, <c>degraded</c>, <c>offline</c>; null for anything else.</param>
/// <param name="Values">The well-known numbers in it, each the state of a diagnostic sensor.</param>
public sealed record HealthReport(string? Status, ImmutableArray<HealthValue> Values)
{
    /// <summary>A heartbeat without content.</summary>
    public static HealthReport SignOfLife { get; } = new(null, []);

    /// <summary>The keys of <see cref="Values"/>, as <c>health_rssi</c>.</summary>
    public IReadOnlyCollection<string> Keys => Values.IsEmpty ? [] : [.. Values.Select(v => v.Key)];
}

/// <summary>A well-known number of a health report.</summary>
/// <param name="Key">The diagnostic sensor's key: <c>health_rssi</c>.</param>
/// <param name="Json">The number as JSON, UTF-8.</param>
public readonly record struct HealthValue(string Key, ReadOnlyMemory<byte> Json);

/// <summary>
/// The well-known numbers of a health report and the diagnostic sensors that they become: keys under the reserved prefix, off by
/// default (docs/devices.md, "State", <c>.health</c>).
/// </summary>
internal sealed record WellKnownHealth(string Member, string Key, ReadOnlyMemory<byte> Description)
{
    /// <summary>The prefix that no announced entity may use.</summary>
    public const string Prefix = "health_";

    private const string Common = """
        "entity_category":"diagnostic","enabled_by_default":false
        """;

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
        var json = $$"""{"key":"{{Prefix}}{{member}}","platform":"sensor",{{named}}{{Common}},{{fields.Trim()}}}""";
        return new WellKnownHealth(member, Prefix + member, Encoding.UTF8.GetBytes(json));
    }
}
