namespace NATS.Client.Core;

/// <summary>The headers of a received message break the rules of ADR-4; it rides on the message (<c>Error</c>).</summary>
public class NatsHeaderParseException : NatsException
{
    public NatsHeaderParseException(byte[] rawData, Exception exception)
        : base($"Exception parsing headers: {(exception ?? throw new ArgumentNullException(nameof(exception))).Message}", exception) =>
        RawData = rawData;

    /// <summary>The block as it came.</summary>
#pragma warning disable CA1819 // official surface
    public byte[] RawData { get; }
#pragma warning restore CA1819
}
