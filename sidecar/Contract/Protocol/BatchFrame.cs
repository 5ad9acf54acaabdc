using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// <c>{"t": "batch", "seq", …}</c>: at most 1,000 entries, applied in the order of the members; a member without entries is left
/// out (contract/protocol.md, "Listen"). Written by hand, since a home's states pass through it.
/// </summary>
public sealed class BatchFrame
{
    /// <summary>The most entries of one frame.</summary>
    public const int MaxEntries = 1000;

    private const int MaxEntityIdLength = DeviceId.MaxLength + 1 + Token.MaxLength;

    /// <summary>The position that a client has reached when it has applied the frame.</summary>
    public required long Seq { get; init; }

    /// <summary>New and changed devices, gateways first.</summary>
    public IReadOnlyList<DeviceEntry> Devices { get; init; } = [];

    /// <summary>Removed devices.</summary>
    public IReadOnlyList<DeviceId> Removed { get; init; } = [];

    /// <summary>Changes of availability.</summary>
    public IReadOnlyList<AvailabilityEntry> Availability { get; init; } = [];

    /// <summary>New states.</summary>
    public IReadOnlyList<StateEntry> States { get; init; } = [];

    /// <summary>New pictures.</summary>
    public IReadOnlyList<PictureEntry> Pictures { get; init; } = [];

    /// <summary>Events.</summary>
    public IReadOnlyList<EventEntry> Events { get; init; } = [];

    /// <summary>Repairs raised and cleared.</summary>
    public IReadOnlyList<IssueEntry> Issues { get; init; } = [];

    /// <summary>All links, when one changed; else null.</summary>
    public IReadOnlyList<LinkState>? Links { get; init; }

    /// <summary>Whether states of the devices of this batch, or of earlier ones, follow in the next batch.</summary>
    public bool More { get; init; }

    /// <summary>Writes the frame.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "batch"u8);
        writer.WriteNumber("seq"u8, Seq);
        WriteArray(writer, "devices"u8, Devices, WriteDevice);
        WriteArray(writer, "removed"u8, Removed, static (w, id) => w.WriteStringValue(id.ToString()));
        WriteArray(writer, "availability"u8, Availability, WriteAvailability);
        WriteArray(writer, "states"u8, States, WriteState);
        WriteArray(writer, "pictures"u8, Pictures, WritePicture);
        WriteArray(writer, "events"u8, Events, WriteEvent);
        WriteArray(writer, "issues"u8, Issues, WriteIssue);
        if (Links is not null)
        {
            writer.WritePropertyName("links"u8);
            LinksConverter.Write(writer, Links.ToArray());
        }

        if (More)
        {
            writer.WriteBoolean("more"u8, true);
        }

        writer.WriteEndObject();
    }

    private static void WriteArray<T>(
        Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<T> items, Action<Utf8JsonWriter, T> write)
    {
        if (items.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        for (var i = 0; i < items.Count; i++)
        {
            write(writer, items[i]);
        }

        writer.WriteEndArray();
    }

    private static void WriteDevice(Utf8JsonWriter writer, DeviceEntry entry)
    {
        var known = new ArrayBufferWriter<byte>(128);
        using (var members = JsonOutput.Writer(known))
        {
            members.WriteStartObject();
            members.WriteNumber("revision"u8, entry.Revision);
            members.WriteBoolean("online"u8, entry.Online);
            members.WriteString("since"u8, JsonOutput.Time(entry.Since));
            members.WriteString("why"u8, entry.Why);
            members.WriteEndObject();
        }

        // {…description} and {…known} become one object; the stored description is copied, not parsed for each client.
        var description = entry.Description.Json.Span;
        var joined = new byte[description.Length + known.WrittenCount - 1];
        description[..^1].CopyTo(joined);
        joined[description.Length - 1] = (byte)',';
        known.WrittenSpan[1..].CopyTo(joined.AsSpan(description.Length));
        writer.WriteRawValue(joined, skipInputValidation: true);
    }

    private static void WriteAvailability(Utf8JsonWriter writer, AvailabilityEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("device"u8, entry.Device.ToString());
        writer.WriteBoolean("online"u8, entry.Online);
        writer.WriteString("since"u8, JsonOutput.Time(entry.Since));
        writer.WriteString("why"u8, entry.Why);
        writer.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter writer, StateEntry entry)
    {
        Span<char> name = stackalloc char[MaxEntityIdLength];
        name.TryWrite($"{entry.Entity.Device.Type}.{entry.Entity.Device.Id}.{entry.Entity.Key}", out var length);
        writer.WriteStartArray();
        writer.WriteStringValue(name[..length]);
        writer.WriteRawValue(entry.Value.Span, skipInputValidation: true);
        writer.WriteEndArray();
    }

    private static void WritePicture(Utf8JsonWriter writer, PictureEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("entity"u8, entry.Entity.ToString());
        if (entry.At is { } at)
        {
            writer.WriteString("at"u8, JsonOutput.Time(at));
        }
        else
        {
            writer.WriteNull("at"u8);
        }

        if (entry.ContentType is { } contentType)
        {
            writer.WriteString("content_type"u8, contentType);
        }

        writer.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter writer, EventEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id"u8, entry.Id);
        writer.WriteString("entity"u8, entry.Entity.ToString());
        writer.WriteString("event_type"u8, entry.EventType);
        writer.WritePropertyName("attributes"u8);
        writer.WriteRawValue(entry.Attributes.IsEmpty ? "{}"u8 : entry.Attributes.Span, skipInputValidation: true);
        writer.WriteString("at"u8, JsonOutput.Time(entry.At));
        writer.WriteEndObject();
    }

    private static void WriteIssue(Utf8JsonWriter writer, IssueEntry entry)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, entry.Id);
        writer.WriteString("key"u8, entry.Key);
        writer.WriteString("severity"u8, entry.Severity);
        writer.WriteStartObject("placeholders"u8);
        foreach (var (name, value) in entry.Placeholders)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteBoolean("active"u8, entry.Active);
        writer.WriteEndObject();
    }
}
