using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Which device is on which connection, and which closed connections have not been replaced yet. It gets events with their times
/// and has no clock of its own. Several devices may share one connection. Thread-safe.
/// </summary>
internal sealed class ConnectionBook
{
    /// <summary>So many ends are remembered; a list of connections is never older than a few of them.</summary>
    private const int MostClosed = 4_096;

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, ConnectionId> _connections = [];
    private readonly Dictionary<ConnectionId, HashSet<DeviceId>> _devices = [];
    private readonly Dictionary<DeviceId, long> _missing = [];
    private readonly Dictionary<DeviceId, Rivals> _rivals = [];
    private readonly HashSet<ConnectionId> _closed = [];
    private readonly Queue<ConnectionId> _closedInOrder = new();

    /// <summary>How many devices are on a known connection.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>How many devices have lost their connection and may still come back.</summary>
    public int MissingCount
    {
        get
        {
            lock (_gate)
            {
                return _missing.Count;
            }
        }
    }

    /// <summary>The device's connection; null: none is known.</summary>
    public ConnectionId? Of(DeviceId id)
    {
        lock (_gate)
        {
            return _connections.TryGetValue(id, out var connection) ? connection : null;
        }
    }

    /// <summary>The device is on this connection. One that was closed is not taken: its end was the later event.</summary>
    /// <param name="id">The device.</param>
    /// <param name="connection">Its connection.</param>
    /// <param name="rivalDue">
    /// When both connections have been open long enough to be two devices with one id, if the device is on another open one.
    /// </param>
    /// <returns>Whether it was taken.</returns>
    public bool Bind(DeviceId id, ConnectionId connection, long rivalDue = long.MaxValue)
    {
        lock (_gate)
        {
            if (_closed.Contains(connection))
            {
                return false;
            }

            if (_connections.TryGetValue(id, out var before) && before != connection)
            {
                if (!_missing.ContainsKey(id) && !(_rivals.TryGetValue(id, out var known) && known.Are(before, connection)))
                {
                    _rivals[id] = new Rivals(before, connection, rivalDue, IsReported: false);
                }

                Unlink(id, before);
            }

            _missing.Remove(id);
            _connections[id] = connection;
            if (!_devices.TryGetValue(connection, out var devices))
            {
                _devices[connection] = devices = [];
            }

            devices.Add(id);
            return true;
        }
    }

    /// <summary>
    /// The device's connection has ended before it was noted: it is missing, and <see cref="Overdue"/> from
    /// <paramref name="due"/> on.
    /// </summary>
    public void Lost(DeviceId id, long due)
    {
        lock (_gate)
        {
            _missing.TryAdd(id, due);
        }
    }

    /// <summary>The device is not waited for any more: it is on no connection that is known.</summary>
    public void Unbind(DeviceId id)
    {
        lock (_gate)
        {
            _missing.Remove(id);
            if (_connections.Remove(id, out var connection))
            {
                Unlink(id, connection);
            }
        }
    }

    /// <summary>
    /// The device announced itself, but its connection was not found: if it lost the one it had, it is now on another, unknown
    /// one.
    /// </summary>
    /// <returns>Whether it had lost one.</returns>
    public bool UnbindMissing(DeviceId id)
    {
        lock (_gate)
        {
            if (!_missing.ContainsKey(id))
            {
                return false;
            }

            Unbind(id);
            return true;
        }
    }

    /// <summary>The device was removed.</summary>
    /// <returns>Whether two connections were reported.</returns>
    public bool Forget(DeviceId id)
    {
        lock (_gate)
        {
            Unbind(id);
            return _rivals.Remove(id, out var rivals) && rivals.IsReported;
        }
    }

    /// <summary>Everything but the ends of connections is forgotten: another sidecar led, and knows better.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _connections.Clear();
            _devices.Clear();
            _missing.Clear();
        }
    }

    /// <summary>
    /// A connection was closed: whoever was on it is missing until it is bound to another; <see cref="Overdue"/> from
    /// <paramref name="due"/> on.
    /// </summary>
    public void Closed(ConnectionId connection, long due)
    {
        lock (_gate)
        {
            if (_closed.Add(connection))
            {
                _closedInOrder.Enqueue(connection);
                if (_closedInOrder.Count > MostClosed)
                {
                    _closed.Remove(_closedInOrder.Dequeue());
                }
            }

            foreach (var id in _devices.GetValueOrDefault(connection, []))
            {
                _missing[id] = due;
            }
        }
    }

    /// <summary>
    /// The clients' connections that have not been closed. An id never comes back, so the event of its end outweighs a list:
    /// nats-server 2.9 still lists a client that it disconnected because its credential was revoked.
    /// </summary>
    public IReadOnlyList<ClientConnection> Open(IEnumerable<ClientConnection> listed)
    {
        lock (_gate)
        {
            return [.. listed.Where(c => c.IsClient && !_closed.Contains(c.Id))];
        }
    }

    /// <summary>
    /// Compares with the connections that there are: who is on none of them is missing from now on, and who is back is not.
    /// </summary>
    /// <returns>Whose connection is gone.</returns>
    public IReadOnlyList<DeviceId> Compare(IReadOnlySet<ConnectionId> open, long due)
    {
        lock (_gate)
        {
            var gone = new List<DeviceId>();
            foreach (var (id, connection) in _connections)
            {
                if (open.Contains(connection))
                {
                    _missing.Remove(id);
                    continue;
                }

                // One that is missing already keeps its time: comparing often must not put it off for ever.
                _missing.TryAdd(id, due);
                gone.Add(id);
            }

            return gone;
        }
    }

    /// <summary>
    /// Who is missing and whose time is over. They stay on the list until <see cref="Bind"/> or <see cref="Unbind"/>.
    /// </summary>
    public IReadOnlyList<DeviceId> Overdue(long now)
    {
        lock (_gate)
        {
            return [.. _missing.Where(m => m.Value <= now).Select(m => m.Key)];
        }
    }

    /// <summary>Whether there are rivals whose connections have to be looked at now.</summary>
    public bool HasDueRivals(long now)
    {
        lock (_gate)
        {
            return _rivals.Values.Any(r => !r.IsReported && r.Due <= now);
        }
    }

    /// <summary>
    /// Looks at all rivals: those with both connections open are reported once when they are due; where one is gone there is one
    /// device left.
    /// </summary>
    public (
        IReadOnlyList<(DeviceId Id, ConnectionId First, ConnectionId Second)> Reported,
        IReadOnlyList<DeviceId> Ended) CompareRivals(IReadOnlySet<ConnectionId> open, long now)
    {
        lock (_gate)
        {
            var reported = new List<(DeviceId Id, ConnectionId First, ConnectionId Second)>();
            foreach (var (id, rivals) in _rivals.ToList())
            {
                if (!rivals.IsReported && rivals.Due <= now && open.Contains(rivals.First) && open.Contains(rivals.Second))
                {
                    _rivals[id] = rivals with { IsReported = true };
                    reported.Add((id, rivals.First, rivals.Second));
                }
            }

            return (reported, EndRivals(r => !open.Contains(r.First) || !open.Contains(r.Second)));
        }
    }

    /// <summary>A connection was closed: where it was a rival, one device is left.</summary>
    /// <returns>The devices whose two connections were reported.</returns>
    public IReadOnlyList<DeviceId> EndRivals(ConnectionId closed)
    {
        lock (_gate)
        {
            return EndRivals(r => r.First == closed || r.Second == closed);
        }
    }

    private List<DeviceId> EndRivals(Func<Rivals, bool> hasEnded)
    {
        var ended = _rivals.Where(r => hasEnded(r.Value)).ToList();
        ended.ForEach(r => _rivals.Remove(r.Key));
        return [.. ended.Where(r => r.Value.IsReported).Select(r => r.Key)];
    }

    private void Unlink(DeviceId id, ConnectionId connection)
    {
        if (_devices.TryGetValue(connection, out var devices) && devices.Remove(id) && devices.Count == 0)
        {
            _devices.Remove(connection);
        }
    }

    /// <summary>Two open connections that claim the same device.</summary>
    private readonly record struct Rivals(ConnectionId First, ConnectionId Second, long Due, bool IsReported)
    {
        public bool Are(ConnectionId one, ConnectionId other) =>
            (First == one && Second == other) || (First == other && Second == one);
    }
}
