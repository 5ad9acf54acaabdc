namespace NATS.Client.Core;

/// <summary>A received payload could not be read as the asked type; it rides on the message (<c>Error</c>), <c>Data</c> is the type's default.</summary>
public sealed class NatsDeserializeException : NatsException
{
    public NatsDeserializeException(byte[] rawData, Exception exception)
        : base($"Exception during deserialization: {(exception ?? throw new ArgumentNullException(nameof(exception))).Message}", exception) =>
        RawData = rawData;

    /// <summary>The payload as it came.</summary>
#pragma warning disable CA1819 // official surface
    public byte[] RawData { get; }
#pragma warning restore CA1819
}
