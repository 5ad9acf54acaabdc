using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Knows when an answer can no longer come: the connection that the command went out on is gone.</summary>
internal sealed class LinkLoss : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IHomeLink _link;
    private CancellationTokenSource _lost = new();
    private TaskCompletionSource _up = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LinkLoss(IHomeLink link)
    {
        _link = link;
        _link.Changed += OnChanged;
        if (link.IsUp)
        {
            OnChanged(new LinkChange(true, link.Generation));
        }
    }

    /// <summary>Cancelled when the present connection is lost.</summary>
    public CancellationToken Lost
    {
        get
        {
            lock (_gate)
            {
                return _lost.Token;
            }
        }
    }

    /// <summary>How often the link has been opened.</summary>
    public long Generation => _link.Generation;

    /// <summary>Whether the connection of that time is gone. A request may fail by it a moment before <see cref="Lost"/> says so.</summary>
    public bool IsGone(long generation) => !_link.IsUp || _link.Generation != generation || _link.Home.ConnectionState != NatsConnectionState.Open;

    /// <summary>True once the link is up; false when that takes too long.</summary>
    public async ValueTask<bool> WaitUntilUpAsync(CancellationToken cancellationToken)
    {
        Task up;
        lock (_gate)
        {
            up = _up.Task;
        }

        if (up.IsCompleted)
        {
            return true;
        }

        await up.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return up.IsCompleted && !cancellationToken.IsCancellationRequested;
    }

    public void Dispose()
    {
        _link.Changed -= OnChanged;
        _lost.Dispose();
    }

    private void OnChanged(LinkChange change)
    {
        CancellationTokenSource? lost = null;
        lock (_gate)
        {
            if (change.IsUp)
            {
                if (_lost.IsCancellationRequested)
                {
                    _lost = new CancellationTokenSource();
                }

                _up.TrySetResult();
            }
            else if (_up.Task.IsCompleted)
            {
                _up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                lost = _lost;
            }
        }

        // Continuations of requests run on the pool; nothing of theirs holds up the link's own thread.
        _ = lost?.CancelAsync();
    }
}
