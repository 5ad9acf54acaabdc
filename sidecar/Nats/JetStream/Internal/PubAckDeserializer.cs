using System.Buffers;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Reads a stream's acknowledgement. It is on the way of every published message, so it is read by hand and the stream's name, which
/// is nearly always the last one, is not made anew.
/// </summary>
internal sealed class PubAckDeserializer : INatsDeserialize<PubAckResponse>
{
    /// <summary>What is answered that is no acknowledgement: somebody else listens on the subject.</summary>
    internal static PubAckResponse Unreadable => new()
    {
        Error = new ApiError { Code = 500, Description = "the reply is no acknowledgement of a stream" },
    };

    private string _lastStream = string.Empty;

    /// <inheritdoc/>
    public PubAckResponse Deserialize(in ReadOnlySequence<byte> buffer)
    {
        try
        {
            return Read(buffer);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return Unreadable;
        }
    }

    private PubAckResponse Read(in ReadOnlySequence<byte> buffer)
    {
        var reader = new Utf8JsonReader(buffer);
        var ack = new PubAckResponse();
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return Unreadable;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("stream"u8))
            {
                reader.Read();
                ack.Stream = StreamName(ref reader);
            }
            else if (reader.ValueTextEquals("seq"u8))
            {
                reader.Read();
                ack.Seq = reader.GetUInt64();
            }
            else if (reader.ValueTextEquals("duplicate"u8))
            {
                reader.Read();
                ack.Duplicate = reader.GetBoolean();
            }
            else if (reader.ValueTextEquals("domain"u8))
            {
                reader.Read();
                ack.Domain = reader.GetString();
            }
            else if (reader.ValueTextEquals("val"u8))
            {
                reader.Read();
                ack.Value = reader.GetString();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                ack.Error = JsonSerializer.Deserialize(ref reader, JSJsonContext.Default.ApiError);
            }
            else
            {
                reader.Skip();
            }
        }

        return ack.Error is null && string.IsNullOrEmpty(ack.Stream) ? Unreadable : ack;
    }

    private string? StreamName(ref Utf8JsonReader reader)
    {
        var last = _lastStream;
        if (reader.ValueTextEquals(last))
        {
            return last;
        }

        return reader.GetString() is { } name ? _lastStream = name : null;
    }
}
