using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The arguments of Report: Home Assistant's own events (contract/protocol.md).</summary>
/// <param name="From">The number of the first item.</param>
/// <param name="Last">The number of the last item; <c>From - 1</c> when there is none.</param>
/// <param name="Items">The valid ones.</param>
/// <param name="Rejected">The malformed ones.</param>
public sealed record ReportCall(long From, long Last, ImmutableArray<ReportItem> Items, ImmutableArray<RejectedItem> Rejected)
{
    /// <summary>The most items of one call.</summary>
    public const int MaxItems = 1000;

    private static readonly string[] StateMembers =
        ["entity_id", "state", "attributes", "previous", "last_changed", "last_updated", "context"];

    /// <summary>Reads the arguments; false when they have the wrong shape as a whole.</summary>
    public static bool TryRead(
        long from, JsonElement batch, [NotNullWhen(true)] out ReportCall? call, [NotNullWhen(false)] out ProtocolError? error)
    {
        call = null;
        if (from < 0 || batch.ValueKind != JsonValueKind.Array || batch.GetArrayLength() > MaxItems)
        {
            error = new ProtocolError(
                ProtocolCodes.InvalidValue, $"Report takes a number and an array of at most {MaxItems} items");
            return false;
        }

        error = null;
        var items = ImmutableArray.CreateBuilder<ReportItem>(batch.GetArrayLength());
        var rejected = ImmutableArray.CreateBuilder<RejectedItem>();
        var number = from;
        foreach (var element in batch.EnumerateArray())
        {
            if (ReadItem(number, element, out var message) is { } item)
            {
                items.Add(item);
            }
            else
            {
                rejected.Add(new RejectedItem(number, message!));
            }

            number++;
        }

        call = new ReportCall(from, number - 1, items.ToImmutable(), rejected.ToImmutable());
        return true;
    }

    /// <summary>Writes the result <c>{"stored": 18}</c>, with <c>"rejected"</c> when items were dropped.</summary>
    public void WriteResult(IBufferWriter<byte> output, long stored) =>
        JsonOutput.Write(output, new ReportResult(stored, Rejected.IsEmpty ? null : Rejected), ProtocolJson.Default.ReportResult);

    private static ReportItem? ReadItem(long number, JsonElement element, out string? message)
    {
        message = ProtocolJson.Unreadable(element, "item")?.Message;
        if (message is not null)
        {
            return null;
        }

        switch (JsonFields.Text(element, "type"))
        {
            case "state_changed":
                return ReadStateChanged(number, element, out message);
            case "system":
                if (JsonFields.Text(element, "event") is { } name && Token.IsValid(name))
                {
                    return new ReportItem(number, true, name, "", Written(w => WriteSystem(w, element)));
                }

                message = $"event: {Token.Expected}";
                return null;
            default:
                message = "type: expected state_changed or system";
                return null;
        }
    }

    private static ReportItem? ReadStateChanged(long number, JsonElement element, out string? message)
    {
        message = null;
        var entity = JsonFields.Text(element, "entity_id");
        var dot = entity?.IndexOf('.', StringComparison.Ordinal) ?? -1;
        if (dot <= 0 || dot > Token.MaxLength || entity!.Length > 255
            || !IsSlug(entity.AsSpan(0, dot)) || !IsSlug(entity.AsSpan(dot + 1)))
        {
            message = "entity_id: expected domain.object_id";
            return null;
        }

        return new ReportItem(
            number, false, entity[..dot], entity[(dot + 1)..], Written(w => HomeAssistantState.Write(w, element, StateMembers)));
    }

    private static bool IsSlug(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    private static void WriteSystem(Utf8JsonWriter writer, JsonElement element)
    {
        writer.WriteStartObject();
        writer.WriteString("event", JsonFields.Text(element, "event"));
        if (element.TryGetProperty("data", out var data))
        {
            writer.WritePropertyName("data");
            Redactor.Write(writer, data);
        }

        writer.WriteEndObject();
    }

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = JsonOutput.Writer(buffer))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>
/// One of Home Assistant's own events, checked and without secrets, as it is published on <c>home.events.…</c>.
/// </summary>
/// <param name="Number">Its number within the client's instance: the message id is <c>{instance}:{number}</c>.</param>
/// <param name="IsSystem">Whether it is a system event; else a change of state.</param>
/// <param name="Domain">The entity's domain; for a system event the event's name.</param>
/// <param name="ObjectId">The entity's object id; for a system event empty.</param>
/// <param name="Payload">What is published, JSON, UTF-8.</param>
public sealed record ReportItem(long Number, bool IsSystem, string Domain, string ObjectId, ReadOnlyMemory<byte> Payload);

/// <summary>An item of a report that was dropped because it is malformed.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Message">What is wrong.</param>
public readonly record struct RejectedItem(long Number, string Message);

internal sealed record ReportResult(
    long Stored, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ImmutableArray<RejectedItem>? Rejected);
