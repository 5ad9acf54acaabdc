using System.Text;

namespace HaNatsBridge.Mqtt;

/// <summary>A message that came in, as an input takes it.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Payload">The bytes.</param>
/// <param name="IsRetained">Whether the broker had it stored.</param>
/// <param name="Text">The payload as text; null where the entity takes bytes.</param>
/// <param name="IsUtf8">Whether the bytes are this text in UTF-8.</param>
internal readonly record struct MqttMessage(
    string Topic, ReadOnlyMemory<byte> Payload, bool IsRetained, string? Text = null, bool IsUtf8 = true)
{
    /// <summary>The message with its text; false when the bytes are no such text.</summary>
    public bool TryDecode(Encoding? encoding, out MqttMessage decoded)
    {
        decoded = this;
        if (encoding is null)
        {
            return true;
        }

        try
        {
            decoded = this with { Text = encoding.GetString(Payload.Span), IsUtf8 = encoding.CodePage == Encoding.UTF8.CodePage };
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}

/// <summary>A message to publish.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Payload">The bytes.</param>
/// <param name="Qos">0 to 2.</param>
/// <param name="IsRetained">Whether the broker is to store it.</param>
/// <param name="ExpirySeconds">After how long it is worthless (MQTT 5); null: never.</param>
public sealed record MqttPublish(
    string Topic, ReadOnlyMemory<byte> Payload, int Qos = 0, bool IsRetained = false, int? ExpirySeconds = null);

/// <summary>A command that is not carried out; the message is for the person who gave it.</summary>
public sealed class CommandRefusedException(string code, string message) : Exception(message)
{
    /// <summary>One of <see cref="Contract.Errors.CommandCodes"/>.</summary>
    public string Code { get; } = code;
}
