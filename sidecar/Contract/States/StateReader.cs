using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.States;

/// <summary>
/// Checks states and writes them in the normal form of the local protocol (docs/devices.md, "State"; contract/protocol.md,
/// "Values").
/// </summary>
public static class StateReader
{
    /// <summary>The longest payload of one entity; a state has at most 255 characters, its attributes 16 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The longest snapshot: the default limit of a server.</summary>
    public const int MaxSnapshotBytes = 1024 * 1024;

    /// <summary>
    /// Normalises one entity's payload. Writes exactly one JSON value in every case; what is wrong in it, the state or an
    /// attribute, is unknown. Allocates nothing when the payload is valid. Never throws for what a device sent.
    /// </summary>
    /// <param name="entity">Whose state it is.</param>
    /// <param name="payload">JSON (a scalar or an object), or bare UTF-8 text.</param>
    /// <param name="output">Takes the normalised value.</param>
    /// <param name="memory">What earlier states of the entity mean for this one; it is updated.</param>
    /// <returns>What is wrong, in the order of the payload; empty when nothing is.</returns>
    public static IReadOnlyList<StateProblem> Normalise(
        EntityDescription entity, ReadOnlySpan<byte> payload, IBufferWriter<byte> output, ref StateMemory memory)
    {
        ArgumentNullException.ThrowIfNull(entity);
        var scratch = new Scratch(Math.Min(payload.Length, MaxBytes) + 64);
        try
        {
            var problems = Normalise(entity, payload, ref scratch, ref memory);
            output.Write(scratch.Written);
            return problems;
        }
        finally
        {
            scratch.Dispose();
        }
    }

    /// <summary>
    /// Reads a full snapshot: the sink gets every declared entity that has a state, in the payload's order, then those left out
    /// (<c>null</c>). A payload that is no object makes them all unknown.
    /// </summary>
    public static void ReadSnapshot(DeviceDescription device, ReadOnlySpan<byte> payload, ISnapshotSink sink)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(sink);
        var seen = ArrayPool<bool>.Shared.Rent(Math.Max(1, device.Entities.Length));
        seen.AsSpan().Clear();
        var scratch = new Scratch(256);
        try
        {
            if (RefuseSnapshot(payload, out var json) is { } refused)
            {
                sink.Problem(null, new StateProblem("", refused));
            }
            else
            {
                ReadMembers(device, json, sink, seen, ref scratch);
            }

            for (var i = 0; i < device.Entities.Length; i++)
            {
                if (!seen[i] && device.Entities[i].HasState)
                {
                    sink.Value(device.Entities[i], "null"u8);
                }
            }
        }
        finally
        {
            scratch.Dispose();
            ArrayPool<bool>.Shared.Return(seen);
        }
    }

    private static string? RefuseSnapshot(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> json)
    {
        json = default;
        if (payload.Length > MaxSnapshotBytes)
        {
            return $"{payload.Length} bytes; at most {MaxSnapshotBytes} are read";
        }

        const string Expected = "a snapshot must be a JSON object of at most 16 levels, with a member for each entity";
        var trimmed = JsonBytes.Trim(payload);
        return trimmed.IsEmpty || trimmed[0] != '{' ? Expected
            : !Utf8.IsValid(trimmed) ? Expected + "; it is no UTF-8"
            : LenientJson.TryRead(trimmed, out json, out var fault) ? null : $"{Expected}; {fault}";
    }

    private static void ReadMembers(
        DeviceDescription device, ReadOnlySpan<byte> json, ISnapshotSink sink, Span<bool> seen, ref Scratch scratch)
    {
        var reader = new Utf8JsonReader(json, JsonCheck.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.ValueSpan;
            var index = device.IndexOf(key);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (index < 0)
            {
                sink.Undeclared(key);
                continue;
            }

            var entity = device.Entities[index];
            scratch.Truncate(0);
            if (seen[index])
            {
                sink.Problem(entity, new StateProblem(entity.Key, "given twice"));
                sink.Value(entity, "null"u8);
            }
            else if (!entity.HasState)
            {
                sink.Problem(null, NoState(entity));
            }
            else
            {
                seen[index] = true;
                var payload = json[start..(int)reader.BytesConsumed];
                foreach (var problem in Normalise(entity, payload, ref scratch, ref sink.MemoryOf(entity)))
                {
                    sink.Problem(entity, problem);
                }

                sink.Value(entity, scratch.Written);
            }
        }
    }

    private static IReadOnlyList<StateProblem> Normalise(
        EntityDescription entity, ReadOnlySpan<byte> payload, ref Scratch output, ref StateMemory memory)
    {
        if (Refuse(entity, payload) is { } refused)
        {
            output.Append("null"u8);
            return [refused];
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(payload.Length);
        Span<(int Start, int Length)> attributes = stackalloc (int, int)[entity.Rules.Platform.Attributes.Count];
        Span<EntityStateReader.Member> members =
            stackalloc EntityStateReader.Member[LenientJson.IsStructure(payload) ? EntityStateReader.MaxMembers : 0];
        var reader = new EntityStateReader(entity, attributes, members, unescaped, payload.Length);
        try
        {
            if (PayloadReader.Read(payload, unescaped, out var value) is { } wrong)
            {
                output.Append("null"u8);
                return [new StateProblem(entity.Key, wrong)];
            }

            reader.Read(value, ref memory);
            reader.Write(ref output);
            return reader.Problems;
        }
        finally
        {
            reader.Dispose();
            ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private static StateProblem? Refuse(EntityDescription entity, ReadOnlySpan<byte> payload)
    {
        if (!entity.HasState)
        {
            return NoState(entity);
        }

        if (payload.IsEmpty)
        {
            return new StateProblem(entity.Key, "an empty payload is no state; unknown is null");
        }

        if (payload.Length > MaxBytes)
        {
            return new StateProblem(entity.Key, $"{payload.Length} bytes; at most {MaxBytes} are read");
        }

        return Utf8.IsValid(payload) ? null : new StateProblem(entity.Key, "neither JSON nor UTF-8 text");
    }

    private static StateProblem NoState(EntityDescription entity) =>
        new(entity.Key, entity.IsEvent
            ? $"{entity.Rules.Platform.NameWithArticle} has no state; publish on .event.{entity.Key}"
            : $"{entity.Rules.Platform.NameWithArticle} has no state");
}

/// <summary>Receives the values of a snapshot. The spans are valid during the call only.</summary>
public interface ISnapshotSink
{
    /// <summary>What earlier states of an entity mean for the next one. Called before its value.</summary>
    ref StateMemory MemoryOf(EntityDescription entity);

    /// <summary>
    /// An entity's whole new state, normalised; <c>null</c> for a wrong value and for a declared key that the snapshot leaves
    /// out.
    /// </summary>
    void Value(EntityDescription entity, ReadOnlySpan<byte> normalised);

    /// <summary>A wrong value; <see cref="Value"/> follows.</summary>
    /// <param name="entity">The entity; null when the message as a whole is wrong, or a key is one of an entity without a
    /// state.</param>
    /// <param name="problem">What is wrong.</param>
    void Problem(EntityDescription? entity, StateProblem problem);

    /// <summary>A key that the device has not declared.</summary>
    void Undeclared(ReadOnlySpan<byte> key);
}

/// <summary>
/// What earlier states of an entity mean for the next one: the colour mode that a light had. Not stored: after a restart the last
/// message alone counts.
/// </summary>
public record struct StateMemory
{
    /// <summary>The mode's place among Home Assistant's, from 1 on; 0: none.</summary>
    internal byte ColorMode { get; set; }
}

/// <summary>A wrong value that a device published: that value alone is unknown (docs/devices.md, "State").</summary>
/// <param name="Path">The entity's key, with the attribute where one is wrong: <c>heating.temperature</c>; empty for a message as
/// a whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="IsWarning">Whether nothing became unknown: a value was left out, and a likely one is assumed.</param>
public readonly record struct StateProblem(string Path, string Message, bool IsWarning = false);
