using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.States;

/// <summary>
/// Checks states and writes them in the normal form of the local protocol (contract.md, "State"; contract/protocol.md, "Values").
/// </summary>
public static class StateReader
{
    /// <summary>The longest payload of one entity; a state has at most 255 characters, its attributes 16 KiB.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>The longest snapshot: the default limit of a server.</summary>
    public const int MaxSnapshotBytes = 1024 * 1024;

    /// <summary>
    /// Normalises one entity's payload. Writes exactly one JSON value in every case: <c>null</c> when the payload is wrong.
    /// Allocates nothing when the payload is valid. Never throws for what a device sent.
    /// </summary>
    /// <param name="entity">Whose state it is.</param>
    /// <param name="payload">JSON (a scalar or an object), or bare UTF-8 text.</param>
    /// <param name="output">Takes the normalised value.</param>
    /// <param name="problem">What is wrong, when false is returned.</param>
    public static bool TryNormalise(
        EntityDescription entity, ReadOnlySpan<byte> payload, IBufferWriter<byte> output, out StateProblem problem)
    {
        var scratch = new Scratch(Math.Min(payload.Length, MaxBytes) + 64);
        try
        {
            var right = TryNormalise(entity, payload, ref scratch, out problem);
            output.Write(scratch.Written);
            return right;
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
            if (RefuseSnapshot(payload) is { } refused)
            {
                sink.Problem(null, new StateProblem("", refused));
            }
            else
            {
                ReadMembers(device, JsonBytes.Trim(payload), sink, seen, ref scratch);
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

    private static string? RefuseSnapshot(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > MaxSnapshotBytes)
        {
            return $"{payload.Length} bytes; at most {MaxSnapshotBytes} are read";
        }

        var json = JsonBytes.Trim(payload);
        return !json.IsEmpty && json[0] == '{' && Utf8.IsValid(json) && JsonCheck.IsWellFormed(json)
            ? null
            : "a snapshot must be a JSON object of at most 16 levels, with a member for each entity";
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
                if (!TryNormalise(entity, json[start..(int)reader.BytesConsumed], ref scratch, out var problem))
                {
                    sink.Problem(entity, problem);
                }

                sink.Value(entity, scratch.Written);
            }
        }
    }

    private static bool TryNormalise(
        EntityDescription entity, ReadOnlySpan<byte> payload, ref Scratch output, out StateProblem problem)
    {
        if (Refuse(entity, payload) is { } refused)
        {
            problem = refused;
            output.Append("null"u8);
            return false;
        }

        var unescaped = ArrayPool<byte>.Shared.Rent(payload.Length);
        Span<(int Start, int Length)> attributes = stackalloc (int, int)[entity.Rules.Platform.Attributes.Count];
        var reader = new EntityStateReader(entity, attributes, unescaped, payload.Length);
        try
        {
            bool right;
            if (!PayloadReader.TryRead(payload, unescaped, out var value))
            {
                problem = new StateProblem(entity.Key, "half a surrogate pair");
                right = false;
            }
            else
            {
                right = reader.TryRead(value, out problem);
            }

            if (right)
            {
                reader.Write(ref output);
            }
            else
            {
                output.Append("null"u8);
            }

            return right;
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
            ? $"an event has no state; publish on .event.{entity.Key}"
            : $"a {entity.Platform} has no state");
}

/// <summary>Receives the values of a snapshot. The spans are valid during the call only.</summary>
public interface ISnapshotSink
{
    /// <summary>
    /// An entity's whole new state, normalised; <c>null</c> for a wrong value and for a declared key that the snapshot leaves
    /// out.
    /// </summary>
    void Value(EntityDescription entity, ReadOnlySpan<byte> normalised);

    /// <summary>A wrong value; <see cref="Value"/> follows with <c>null</c>.</summary>
    /// <param name="entity">The entity; null when the message as a whole is wrong, or a key is one of an entity without a
    /// state.</param>
    /// <param name="problem">What is wrong.</param>
    void Problem(EntityDescription? entity, StateProblem problem);

    /// <summary>A key that the device has not declared.</summary>
    void Undeclared(ReadOnlySpan<byte> key);
}

/// <summary>A wrong value that a device published: the entity becomes unknown (contract.md, "State").</summary>
/// <param name="Path">The entity's key, with the attribute where one is wrong: <c>heating.temperature</c>; empty for a message as
/// a whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public readonly record struct StateProblem(string Path, string Message);
