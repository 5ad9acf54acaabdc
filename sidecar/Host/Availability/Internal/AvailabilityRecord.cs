using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>
/// A value of the KV bucket <c>availability</c>:
/// <c>{"format": 1, "online", "since", "why", "health": […], "connection": {"server", "id"}, "fence"}</c>. The server republishes
/// it as it is. Immutable.
/// </summary>
/// <param name="Online">Whether the device counts as online.</param>
/// <param name="Since">When that began.</param>
/// <param name="Why">Why, one of <see cref="Reasons"/>.</param>
internal sealed record AvailabilityRecord(bool Online, DateTimeOffset Since, string Why)
{
    /// <summary>The format that this sidecar writes; it does not write over a higher one.</summary>
    public const int CurrentFormat = 1;

    private const int MaxHealthKeys = 32;

    /// <summary>The stored format.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The well-known numbers that its health reports have had so far, as <c>health_rssi</c>; sorted.</summary>
    public IReadOnlyList<string> Health { get; init; } = [];

    /// <summary>
    /// The connection that the device is on, where it is known. After a restart it shows whose connection is gone.
    /// </summary>
    public ConnectionId? Connection { get; init; }

    /// <summary>The fence of the leader that wrote it.</summary>
    public ulong Fence { get; init; }

    /// <summary>What other features see.</summary>
    public DeviceAvailability Public => new(Online, Since, Why);

    /// <summary>Whether both are equal for readers, whoever wrote them.</summary>
    public bool Matches(AvailabilityRecord other) =>
        Online == other.Online && Since == other.Since && string.Equals(Why, other.Why, StringComparison.Ordinal)
        && Connection == other.Connection && Health.SequenceEqual(other.Health, StringComparer.Ordinal);

    /// <summary>The stored bytes.</summary>
    public byte[] ToUtf8()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("format", Format);
            json.WriteBoolean("online", Online);
            json.WriteString("since", Since.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("why", Why);
            json.WriteStartArray("health");
            foreach (var key in Health)
            {
                json.WriteStringValue(key);
            }

            json.WriteEndArray();
            if (Connection is { } connection)
            {
                json.WriteStartObject("connection");
                json.WriteString("server", connection.Server);
                json.WriteNumber("id", connection.Client);
                json.WriteEndObject();
            }

            json.WriteNumber("fence", Fence);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads stored bytes; false when they are not such a record (people can write to KV, too).</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out AvailabilityRecord record)
    {
        record = new AvailabilityRecord(false, default, Reasons.Unknown);
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("online", out var online)
                    || online.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return false;
            }

            record = new AvailabilityRecord(online.GetBoolean(), SinceOf(root), TextOf(root, "why") ?? Reasons.Unknown)
            {
                Format = root.TryGetProperty("format", out var format) && format.TryGetInt32(out var number)
                    ? number
                    : CurrentFormat,
                Health = HealthOf(root),
                Connection = ConnectionOf(root),
                Fence = root.TryGetProperty("fence", out var fence) && fence.TryGetUInt64(out var revision) ? revision : 0,
            };
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset SinceOf(JsonElement root) =>
        DateTimeOffset.TryParse(
            TextOf(root, "since"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since) ? since : default;

    private static string[] HealthOf(JsonElement root) =>
        root.TryGetProperty("health", out var health) && health.ValueKind == JsonValueKind.Array
            ? [.. health.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Take(MaxHealthKeys)
                .Select(e => string.Intern(e.GetString()!))]
            : [];

    private static ConnectionId? ConnectionOf(JsonElement root) =>
        root.TryGetProperty("connection", out var connection) && connection.ValueKind == JsonValueKind.Object
        && TextOf(connection, "server") is { } server && connection.TryGetProperty("id", out var id)
            && id.TryGetUInt64(out var client)
            ? new ConnectionId(server, client)
            : null;
}

/// <summary>Why a device counts as online or offline, for people and logs.</summary>
internal static class Reasons
{
    /// <summary>It announced itself.</summary>
    public const string Announced = "announced";

    /// <summary>It showed a sign of life: a state, an event, a health report, a command's answer.</summary>
    public const string Seen = "seen";

    /// <summary>It gave no sign of life within its lease.</summary>
    public const string LeaseExpired = "lease_expired";

    /// <summary>Its connection was closed and no other took its place.</summary>
    public const string Disconnected = "disconnected";

    /// <summary>Its health report says so.</summary>
    public const string ReportedOffline = "reported_offline";

    /// <summary>Nothing is known of it yet.</summary>
    public const string Unknown = "unknown";
}
