using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>An error of the local protocol, <c>{"code", "message", "retryable", "details"}</c> (contract/protocol.md).</summary>
/// <param name="Code">One of <see cref="ProtocolCodes"/> or <see cref="Errors.CommandCodes"/>.</param>
/// <param name="Message">For a person.</param>
/// <param name="Retryable">Whether trying again can help and cannot do harm.</param>
/// <param name="Details">A JSON object; empty: null.</param>
public sealed record ProtocolError(string Code, string Message, bool Retryable = false, RawJson Details = default)
{
    /// <summary>Writes a result that failed: <c>{"error": {…}}</c>.</summary>
    public void WriteResult(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        WriteMember(writer);
        writer.WriteEndObject();
    }

    internal void WriteMember(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("error"u8);
        writer.WriteString("code"u8, Code);
        writer.WriteString("message"u8, Message);
        writer.WriteBoolean("retryable"u8, Retryable);
        writer.WritePropertyName("details"u8);
        if (Details.Utf8.IsEmpty)
        {
            writer.WriteNullValue();
        }
        else
        {
            writer.WriteRawValue(Details.Utf8.Span, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }
}
