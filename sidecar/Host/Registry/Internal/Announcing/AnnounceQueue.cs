using System.Threading.Channels;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// Announcements that wait to be read, stored and answered: at most 4,096 and 32 MiB of them, so that a whole house that comes
/// back at once finds room, and a flood of large ones does not fill the memory. An announcement that finds no room is answered
/// NOT_STORED at once, and tried again as the contract says.
/// </summary>
internal sealed class AnnounceQueue
{
    private const int MaxMessages = 4096;
    private const long MaxBytes = 32L * 1024 * 1024;
    private readonly Channel<NatsMsg<byte[]>> _waiting = Channel.CreateBounded<NatsMsg<byte[]>>(
        new BoundedChannelOptions(MaxMessages) { SingleReader = true });
    private long _bytes;

    /// <summary>What waits, in the order in which it came.</summary>
    public ChannelReader<NatsMsg<byte[]>> Waiting => _waiting.Reader;

    /// <summary>Takes an announcement; false when there is no room.</summary>
    public bool TryEnter(NatsMsg<byte[]> message)
    {
        var size = SizeOf(message);
        if (Interlocked.Add(ref _bytes, size) <= MaxBytes && _waiting.Writer.TryWrite(message))
        {
            return true;
        }

        Interlocked.Add(ref _bytes, -size);
        return false;
    }

    /// <summary>An announcement has been answered: its room is free.</summary>
    public void Leave(NatsMsg<byte[]> message) => Interlocked.Add(ref _bytes, -SizeOf(message));

    private static long SizeOf(NatsMsg<byte[]> message) => (message.Data?.Length ?? 0) + 256;
}
