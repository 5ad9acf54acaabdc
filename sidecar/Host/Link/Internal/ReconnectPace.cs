namespace HaNatsBridge.Host.Link.Internal;

/// <summary>
/// How often a connection is tried. In the first minute of an outage as often as the client does it, at most a second apart, so
/// that a restarted server is found at once. Then less and less often, up to 30 s apart, with jitter, so that many clients do not
/// come at the same moment to a server that is already busy.
/// </summary>
internal sealed class ReconnectPace(TimeProvider time, Func<double> random) : IDisposable
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
    private TaskCompletionSource _retried = new(TaskCreationOptions.RunContinuationsAsynchronously);

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

    /// <summary>The connection is open: the next outage starts from the beginning.</summary>
    public void Opened()
    {
        lock (_tried)
        {
            _tried.Clear();
            _since = 0;
            _next = First;
        }
    }

    /// <summary>The server is known to be there: a wait ends at once, and the next waits are short again.</summary>
    public void RetryNow()
    {
        TaskCompletionSource waiting;
        lock (_tried)
        {
            _next = First;
            (waiting, _retried) = (_retried, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        waiting.TrySetResult();
    }

    /// <summary>Ends a wait, and all later ones.</summary>
    public void Stop() => _stopped.Cancel();

    /// <summary>Waits before an attempt, once for each round over all addresses.</summary>
    public async ValueTask<(string Host, int Port)> BeforeAttemptAsync((string Host, int Port) address)
    {
        Task retried;
        lock (_tried)
        {
            retried = _retried.Task;
            _last = address;
        }

        var wait = Wait(address);
        if (wait > TimeSpan.Zero)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopped.Token);
            await Task.WhenAny(Task.Delay(wait, time, over.Token), retried);
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
