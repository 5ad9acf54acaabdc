using System.Buffers;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The result of Command (contract/protocol.md).</summary>
public sealed record CommandResult
{
    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>A normalised preview of the state; null: none.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>The device's response data, JSON; null: none.</summary>
    public ReadOnlyMemory<byte>? Response { get; init; }

    /// <summary>Why it failed; null: the device did it.</summary>
    public ProtocolError? Error { get; init; }

    /// <summary>Writes the result.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("id"u8, Id);
        writer.WriteNumber("ms"u8, Math.Round(Milliseconds, 3));
        if (State is { } state)
        {
            writer.WritePropertyName("state"u8);
            writer.WriteRawValue(state.Span, skipInputValidation: true);
        }

        if (Response is { } response)
        {
            writer.WritePropertyName("response"u8);
            writer.WriteRawValue(response.Span, skipInputValidation: true);
        }

        Error?.WriteMember(writer);
        writer.WriteEndObject();
    }
}
