using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which device is on which connection, and which closed connections have not been replaced yet (contract.md, "Online or offline"). Book-keeping alone:
/// it is told what happened and when. Several devices may share one connection. Not thread-safe.
/// </summary>
internal sealed class ConnectionBook
{
    /// <summary>So many ends are remembered; a list of connections is never older than a few of them.</summary>
    private const int RememberedClosed = 4_096;

    /// <summary>An end may be heard a little before the announcement whose connection it was. Milliseconds.</summary>
    private const long Overtaken = 1_000;

    private readonly Dictionary<DeviceId, ConnectionId> _connections = [];
    private readonly Dictionary<ConnectionId, HashSet<DeviceId>> _devices = [];
    private readonly Dictionary<DeviceId, (ConnectionId Gone, long Due)> _missing = [];
    private readonly Dictionary<DeviceId, long> _unseen = [];
    private readonly HashSet<ConnectionId> _closed = [];
    private readonly Queue<ConnectionId> _closedInOrder = new();
    private readonly Dictionary<DeviceId, (ConnectionId First, ConnectionId Second)> _duplicates = [];

    private long _lastUnclaimed = long.MinValue;

    /// <summary>How many devices are on a known connection.</summary>
    public int Count => _connections.Count;

    /// <summary>How many closed connections wait to be replaced, by device.</summary>
    public int MissingCount => _missing.Count;

    /// <summary>Whether anyone is waited for.</summary>
    public bool IsWaiting => _missing.Count > 0 || _unseen.Count > 0;

    /// <summary>The device's connection; null: none is known.</summary>
    public ConnectionId? Of(DeviceId id) => _connections.TryGetValue(id, out var connection) ? connection : null;

    /// <summary>Whether a device is on the connection.</summary>
    public bool IsInUse(ConnectionId connection) => _devices.ContainsKey(connection);

    /// <summary>The device is on this connection. Returns the one that it was on before and that has not been closed: then two of them claim the same id.</summary>
    public ConnectionId? Bind(DeviceId id, ConnectionId connection)
    {
        _unseen.Remove(id);
        ConnectionId? rival = null;
        if (_connections.TryGetValue(id, out var before))
        {
            if (before == connection)
            {
                _missing.Remove(id);
                return null;
            }

            rival = _missing.ContainsKey(id) ? null : before;
            Unlink(id, before);
        }

        _missing.Remove(id);
        _connections[id] = connection;
        if (!_devices.TryGetValue(connection, out var devices))
        {
            _devices[connection] = devices = [];
        }

        devices.Add(id);
        return rival;
    }

    /// <summary>The device is no longer known.</summary>
    public void Forget(DeviceId id)
    {
        _missing.Remove(id);
        _unseen.Remove(id);
        _duplicates.Remove(id);
        if (_connections.Remove(id, out var connection))
        {
            Unlink(id, connection);
        }
    }

    /// <summary>A connection was closed: whoever was on it is missing, and is given up at <paramref name="due"/> unless it is bound to another before.</summary>
    public void Closed(ConnectionId connection, long due)
    {
        if (_closed.Add(connection))
        {
            _closedInOrder.Enqueue(connection);
            if (_closedInOrder.Count > RememberedClosed)
            {
                _closed.Remove(_closedInOrder.Dequeue());
            }
        }

        if (_devices.TryGetValue(connection, out var devices))
        {
            foreach (var id in devices)
            {
                _missing[id] = (connection, due);
            }
        }
        else
        {
            _lastUnclaimed = due;
        }
    }

    /// <summary>
    /// A device announced itself, and no connection shows it. Either it was closed before anyone could look, or it cannot be told from others; at <paramref name="due"/>, the same time
    /// after the announcement as <see cref="Closed"/> is given after an end, <see cref="Vanished"/> knows.
    /// </summary>
    public void Unseen(DeviceId id, long due)
    {
        if (!_connections.ContainsKey(id))
        {
            _unseen[id] = due;
        }
    }

    /// <summary>Whose time is over by now, where a connection that no device was known to be on was closed since the announcement: that was theirs. The others are waited for no longer.</summary>
    public IReadOnlyList<DeviceId> Vanished(long now)
    {
        var over = _unseen.Where(u => u.Value <= now).ToList();
        over.ForEach(u => _unseen.Remove(u.Key));
        return [.. over.Where(u => _lastUnclaimed >= u.Value - Overtaken).Select(u => u.Key)];
    }

    /// <summary>Whether the connection was closed: it never comes back.</summary>
    public bool IsClosed(ConnectionId connection) => _closed.Contains(connection);

    /// <summary>
    /// Those that have not been closed. An id never comes back, so the event of its end outweighs a list: nats-server 2.9 goes on listing a client that it cut off because
    /// its credential was revoked.
    /// </summary>
    public IReadOnlyList<ClientConnection> Open(IReadOnlyCollection<ClientConnection> listed) => [.. listed.Where(c => !_closed.Contains(c.Id))];

    /// <summary>Compares with the connections that there are: who is on none of them is missing from now on, and who is back is not.</summary>
    /// <returns>Whose connection is gone.</returns>
    public IReadOnlyList<DeviceId> Compare(IReadOnlySet<ConnectionId> alive, long due)
    {
        var gone = new List<DeviceId>();
        foreach (var (id, connection) in _connections)
        {
            if (alive.Contains(connection))
            {
                _missing.Remove(id);
                continue;
            }

            gone.Add(id);
            // One that is missing already keeps its time: comparing often must not put it off for ever.
            _missing.TryAdd(id, (connection, due));
        }

        return gone;
    }

    /// <summary>The device's connection, whichever it was, has ended: it is missing from now on, unless it is on one that is known.</summary>
    public void Missing(DeviceId id, long due)
    {
        if (!_connections.ContainsKey(id))
        {
            _missing.TryAdd(id, (default, due));
        }
    }

    /// <summary>Who is missing and whose time is over by now. They stay on the list until <see cref="GiveUp"/> or <see cref="Bind"/>.</summary>
    public IReadOnlyList<DeviceId> Overdue(long now) => [.. _missing.Where(m => m.Value.Due <= now).Select(m => m.Key)];

    /// <summary>The device is on no connection.</summary>
    public void GiveUp(DeviceId id)
    {
        _missing.Remove(id);
        if (_connections.Remove(id, out var connection))
        {
            Unlink(id, connection);
        }
    }

    /// <summary>Two open connections claim the device.</summary>
    public void MarkDuplicate(DeviceId id, ConnectionId first, ConnectionId second) => _duplicates[id] = (first, second);

    /// <summary>Whose quarrel ended because the connection is gone.</summary>
    public IReadOnlyList<DeviceId> Settle(ConnectionId closed)
    {
        var settled = _duplicates.Where(d => d.Value.First == closed || d.Value.Second == closed).Select(d => d.Key).ToList();
        settled.ForEach(id => _duplicates.Remove(id));
        return settled;
    }

    /// <summary>Whose quarrel ended because one of its connections is not among those that there are.</summary>
    public IReadOnlyList<DeviceId> Settle(IReadOnlySet<ConnectionId> alive)
    {
        var settled = _duplicates.Where(d => !alive.Contains(d.Value.First) || !alive.Contains(d.Value.Second)).Select(d => d.Key).ToList();
        settled.ForEach(id => _duplicates.Remove(id));
        return settled;
    }

    private void Unlink(DeviceId id, ConnectionId connection)
    {
        if (_devices.TryGetValue(connection, out var devices) && devices.Remove(id) && devices.Count == 0)
        {
            _devices.Remove(connection);
        }
    }
}
