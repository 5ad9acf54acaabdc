using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.States;

/// <summary>Reads heartbeats: any JSON, even none, is a sign of life.</summary>
public static class HealthReader
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>Reads a heartbeat. Never throws for what a device sent.</summary>
    public static HealthReport Read(ReadOnlySpan<byte> payload)
    {
        using var document = StrictJson.Parse(payload, MaxBytes, out _);
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
