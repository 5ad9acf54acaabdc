namespace HaNatsBridge.Host.State.Internal;

/// <summary>Waits between attempts: 0.2 s doubling to 5 s; at most 1 s in the first minute of an outage (architecture.md).</summary>
internal sealed class BackOff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FirstMinute = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = First;
    private long _began;

    public void Reset()
    {
        _next = First;
        _began = 0;
    }

    public Task WaitAsync(CancellationToken cancellationToken)
    {
        _began = _began == 0 ? time.GetTimestamp() : _began;
        var limit = time.GetElapsedTime(_began) < TimeSpan.FromMinutes(1) ? FirstMinute : Longest;
        var wait = _next < limit ? _next : limit;
        _next = wait * 2;
        return Task.Delay(wait, time, cancellationToken);
    }
}
