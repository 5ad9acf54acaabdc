using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Link;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>
/// The link to NATS as readers see it: up at once, down only after 5 s, so that a restart of the server does not blink through
/// the whole home.
/// </summary>
internal sealed class LinkWatch : IDisposable
{
    public static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly ChangeLog _log;
    private readonly IHomeLink _link;
    private readonly ITimer _timer;
    private bool _isUp;

    public LinkWatch(ChangeLog log, IHomeLink link, TimeProvider time)
    {
        _log = log;
        _link = link;
        _timer = time.CreateTimer(_ => StillDown(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Start()
    {
        _link.Changed += OnChanged;
        if (_link.IsUp)
        {
            OnChanged(new LinkChange(true, _link.Generation));
        }
    }

    public void Dispose()
    {
        _link.Changed -= OnChanged;
        _timer.Dispose();
    }

    private void OnChanged(LinkChange change)
    {
        lock (_gate)
        {
            _isUp = change.IsUp;
            _timer.Change(change.IsUp ? Timeout.InfiniteTimeSpan : Tolerated, Timeout.InfiniteTimeSpan);
            if (change.IsUp)
            {
                _log.SetLinks([new LinkState("nats", true)]);
            }
        }
    }

    private void StillDown()
    {
        lock (_gate)
        {
            if (!_isUp)
            {
                _log.SetLinks([new LinkState("nats", false)]);
            }
        }
    }
}
