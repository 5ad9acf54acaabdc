using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// The room's door, and the only one that changes the book. Only the leader's book is filled: the others look connections up for
/// the announcements that they answer, and remember which connections were closed.
/// </summary>
internal sealed partial class DeviceConnections : IDeviceConnections
{
    private readonly Lock _gate = new();
    private readonly IHomeLink _link;
    private readonly ConnectionFinder _finder;
    private readonly ConnectionBook _book;
    private readonly RivalReports _rivals;
    private readonly IAvailabilityControl _availability;
    private readonly ConnectionTimings _timings;
    private readonly MonotonicClock _clock;
    private readonly ILogger<DeviceConnections> _log;
    private volatile string? _trouble;
    private int _isComparisonWanted = 1;

    /// <summary>When who has no known connection is looked up once more; 0: nobody is.</summary>
    private long _secondLook;

    public DeviceConnections(
        IHomeLink link, ConnectionFinder finder, ConnectionBook book, RivalReports rivals, IAvailabilityControl availability,
        ConnectionTimings timings, MonotonicClock clock,
        ILogger<DeviceConnections> log)
    {
        (_link, _finder, _book, _rivals, _availability) = (link, finder, book, rivals, availability);
        (_timings, _clock, _log) = (timings, clock, log);
        availability.BecameLeader += Begin;
    }

    /// <summary>Why the servers could not be asked the last time; null: they could.</summary>
    public string? Trouble => _trouble;

    /// <summary>How many devices are on a known connection.</summary>
    public int Known => _book.Count;

    /// <summary>How many devices have lost their connection and may still come back.</summary>
    public int Missing => _book.MissingCount;

    public async Task<ConnectionLookup> FindAsync(DeviceId id, string? reply, CancellationToken cancellationToken)
    {
        if (_link.System is null)
        {
            return new ConnectionLookup(null, false);
        }

        // Where the servers do not answer, no announcement waits for them: the comparison finds its connection later.
        if (_trouble is null)
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bounded.CancelAfter(_timings.ServerAnswer);
            try
            {
                return await _finder.FindAsync(id, reply, bounded.Token);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Failed(e);
            }
        }

        return new ConnectionLookup(null, true);
    }

    public void Announced(DeviceId id, ConnectionId? connection)
    {
        lock (_gate)
        {
            _availability.Announced(id, connection);
            if (!_availability.IsLeader)
            {
                return;
            }

            if (connection is null)
            {
                _secondLook = _secondLook == 0 ? _clock.In(_timings.SecondLook) : _secondLook;
                if (_book.UnbindMissing(id))
                {
                    _availability.SetConnection(id, null);
                }
            }
            else if (!_book.Bind(id, connection.Value, _clock.In(_timings.RivalPatience)))
            {
                // Closed since it was looked up: its end is not reported a second time.
                _book.Lost(id, _clock.In(_timings.DisconnectGrace));
            }
        }
    }

    public void Forget(DeviceId id)
    {
        if (_book.Forget(id))
        {
            _rivals.Clear([id]);
        }
    }

    /// <summary>The servers could not be asked.</summary>
    public void Failed(Exception exception)
    {
        _trouble = exception.Message;
        WantComparison();
        LogFailed(exception.Message);
    }

    /// <summary>Events may have been missed.</summary>
    public void WantComparison() => Volatile.Write(ref _isComparisonWanted, 1);

    /// <summary>Whether a comparison is wanted; it is no longer, then.</summary>
    public bool TakeComparison() => Interlocked.Exchange(ref _isComparisonWanted, 0) == 1;

    /// <summary>A connection was closed.</summary>
    public void Closed(ConnectionId connection)
    {
        _book.Closed(connection, _clock.In(_timings.DisconnectGrace));
        _rivals.Clear(_book.EndRivals(connection));
    }

    /// <summary>Compares with all connections that there are: whose is gone gets its time to come back.</summary>
    public void Compare(IReadOnlyList<ClientConnection> listed)
    {
        _trouble = null;
        lock (_gate)
        {
            if (!_availability.IsLeader)
            {
                return;
            }

            var open = _book.Open(listed);
            var online = _availability.Online();
            foreach (var (id, connection) in online)
            {
                // After a start the book is empty: who was online, and where, is stored in KV.
                if (connection is { } known && _book.Of(id) is null && !_book.Bind(id, known))
                {
                    _book.Lost(id, _clock.In(_timings.DisconnectGrace));
                }
            }

            var gone = _book.Compare(open.Select(c => c.Id).ToHashSet(), _clock.In(_timings.ReturnGrace));
            BindFound([.. gone, .. Unbound(online)], open);
        }

        CompareRivals(listed);
        LogCompared(_book.Count, _book.MissingCount);
    }

    /// <summary>
    /// Whether a device's time to come back is over, two devices with one id have been there long enough, or a device without a known
    /// connection is to be looked up once more.
    /// </summary>
    public bool IsListNeeded => _availability.IsLeader
        && (_book.Overdue(_clock.Now).Count > 0 || _book.HasDueRivals(_clock.Now) || IsSecondLookDue);

    private bool IsSecondLookDue => Volatile.Read(ref _secondLook) is var at && at != 0 && at <= _clock.Now;

    /// <summary>
    /// Whose connection was closed and not replaced is offline, unless the list shows the device on another one.
    /// </summary>
    public void GiveUp(IReadOnlyList<ClientConnection> listed)
    {
        lock (_gate)
        {
            var open = _book.Open(listed);
            if (IsSecondLookDue)
            {
                _secondLook = 0;
                BindFound(Unbound(_availability.Online()), open);
            }

            BindFound(_book.Overdue(_clock.Now), open);
            foreach (var id in _book.Overdue(_clock.Now))
            {
                _book.Unbind(id);
                _availability.Disconnected(id);
            }
        }

        CompareRivals(listed);
    }

    private void Begin()
    {
        lock (_gate)
        {
            _book.Clear();
        }

        WantComparison();
    }

    private List<DeviceId> Unbound(IEnumerable<(DeviceId Id, ConnectionId? Connection)> online) =>
        [.. online.Where(device => _book.Of(device.Id) is null).Select(device => device.Id)];

    private void BindFound(IReadOnlyCollection<DeviceId> devices, IReadOnlyList<ClientConnection> open)
    {
        foreach (var (id, connection) in _finder.Match(devices, open))
        {
            if (_book.Bind(id, connection.Id))
            {
                _availability.SetConnection(id, connection.Id);
            }
        }
    }

    private void CompareRivals(IReadOnlyList<ClientConnection> listed)
    {
        var open = _book.Open(listed).ToDictionary(c => c.Id);
        var (reported, ended) = _book.CompareRivals(open.Keys.ToHashSet(), _clock.Now);
        foreach (var (id, first, second) in reported)
        {
            _rivals.Raise(id, open[first], open[second]);
        }

        _rivals.Clear(ended);
    }

    [LoggerMessage(3701, LogLevel.Debug, "Connections compared (devices on a known one: {Known}, missing: {Missing})")]
    private partial void LogCompared(int known, int missing);

    [LoggerMessage(3703, LogLevel.Debug, "The servers could not be asked about connections, tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
