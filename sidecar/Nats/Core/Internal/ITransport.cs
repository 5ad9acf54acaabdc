namespace NATS.Client.Core.Internal;

/// <summary>A byte stream to a server. One reader and one writer at a time. Disposing it fails what is under way.</summary>
internal interface ITransport : IDisposable
{
    /// <summary>0 at the end of the stream.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Bytes taken, at least one.</summary>
    ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer);
}
