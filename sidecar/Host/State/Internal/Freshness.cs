using HaNatsBridge.Host.Link;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// How old a message of a stream is when it is read. What comes while the stream is followed is of this moment, whatever the server's clock says; what was stored before that (before the start, while
/// the link was away) is as old as its timestamp: an old message is no sign of life.
/// </summary>
internal sealed class Freshness(IHomeLink link, TimeProvider time)
{
    private ulong _storedUntil;
    private long _generation;

    /// <summary>Following begins: everything up to here was stored before.</summary>
    public void Begin(ulong last)
    {
        _storedUntil = last;
        _generation = link.Generation;
    }

    /// <summary>The age of a message; zero for one of this moment.</summary>
    public TimeSpan AgeOf(in AckSubject ack)
    {
        var generation = link.Generation;
        if (ack.Sequence > _storedUntil && generation == _generation)
        {
            return TimeSpan.Zero;
        }

        if (ack.Pending == 0)
        {
            // Caught up: whatever comes next has not waited.
            (_storedUntil, _generation) = (ack.Sequence, generation);
        }

        var age = time.GetUtcNow() - ack.Time;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }
}
