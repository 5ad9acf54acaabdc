namespace HaNatsBridge.Host.Link.Internal;

/// <summary>
/// How often an address that does not answer is tried: in the first minute of an outage as often as the client does (at most a second apart), so that a restarted server is found at once; after that
/// seldomer and seldomer, up to 30 s, with jitter, so that a house full of clients does not knock in step at a server that has trouble enough.
/// </summary>
internal sealed class LinkPace(TimeProvider time, Func<double> random) : IDisposable
{
    private static readonly TimeSpan FirstMinute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private const double Jitter = 0.25;

    private readonly CancellationTokenSource _stopped = new();
    private readonly HashSet<(string Host, int Port)> _tried = [];
    private (string Host, int Port) _last;
    private long _since;
    private TimeSpan _next = First;
    private TaskCompletionSource _nudged = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Raised when no address of a round could be connected to, before the next round.</summary>
    public event Action? RoundFailed;

    /// <summary>The address that was tried last.</summary>
    public (string Host, int Port) Last
    {
        get
        {
            lock (_tried)
            {
                return _last;
            }
        }
    }

    /// <summary>The connection is open: the next outage begins anew.</summary>
    public void Opened()
    {
        lock (_tried)
        {
            _tried.Clear();
            _since = 0;
            _next = First;
        }
    }

    /// <summary>The server is there, as somebody else knows: whoever waits tries at once, and waits begin small again.</summary>
    public void Nudge()
    {
        TaskCompletionSource waiting;
        lock (_tried)
        {
            _next = First;
            (waiting, _nudged) = (_nudged, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.TrySetResult();
    }

    /// <summary>Nobody waits any more.</summary>
    public void Stop() => _stopped.Cancel();

    /// <summary>Waits before an attempt, if it is time to be patient. Several addresses are tried one after the other: one wait for all of them.</summary>
    public async ValueTask<(string Host, int Port)> BeforeAttemptAsync((string Host, int Port) address)
    {
        Task nudged;
        bool isNewRound;
        lock (_tried)
        {
            nudged = _nudged.Task;
            _last = address;
            isNewRound = _tried.Contains(address);
        }

        if (isNewRound)
        {
            RoundFailed?.Invoke();
        }

        var wait = Wait(address);
        if (wait > TimeSpan.Zero)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
            await Task.WhenAny(Task.Delay(wait, time, over.Token), nudged);
            await over.CancelAsync();
        }

        return address;
    }

    public void Dispose() => _stopped.Dispose();

    /// <summary>How long to wait before this attempt.</summary>
    internal TimeSpan Wait((string Host, int Port) address)
    {
        lock (_tried)
        {
            _since = _since == 0 ? time.GetTimestamp() : _since;
            if (_tried.Add(address))
            {
                return TimeSpan.Zero;
            }

            // A new round.
            _tried.Clear();
            _tried.Add(address);
            if (time.GetElapsedTime(_since) < FirstMinute)
            {
                return TimeSpan.Zero;
            }

            var wait = _next;
            _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, Longest.Ticks));
            return wait * (1 - (Jitter * random()));
        }
    }
}
