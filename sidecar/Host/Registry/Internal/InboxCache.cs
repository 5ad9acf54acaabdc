using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which connection an inbox belongs to, so that a gateway that announces hundreds of devices on one connection costs one question to the server. Only inboxes whose prefix is the
/// client's own random name are remembered, until the connection closes. Not thread-safe.
/// </summary>
internal sealed class InboxCache
{
    private const int Limit = 4096;
    private const int ShortestName = 16;
    private readonly Dictionary<string, ClientConnection> _connections = new(StringComparer.Ordinal);

    /// <summary>The connection of an inbox; null when it is not known.</summary>
    public ClientConnection? Find(string reply) => PrefixOf(reply) is { } prefix ? _connections.GetValueOrDefault(prefix) : null;

    /// <summary>Remembers what the server said.</summary>
    public void Add(DeviceId id, string reply, ClientConnection? connection)
    {
        if (connection is null || PrefixOf(reply) is not { } prefix || string.Equals(prefix, HomeSubjects.InboxOf(id), StringComparison.Ordinal))
        {
            return;
        }

        if (_connections.Count >= Limit)
        {
            _connections.Clear();
        }

        _connections[prefix] = connection;
    }

    /// <summary>The connection is closed.</summary>
    public void Drop(ConnectionId connection)
    {
        foreach (var prefix in _connections.Where(c => c.Value.Id == connection).Select(c => c.Key).ToList())
        {
            _connections.Remove(prefix);
        }
    }

    /// <summary>Nothing is known any more.</summary>
    public void Clear() => _connections.Clear();

    private static string? PrefixOf(string reply)
    {
        var last = reply.LastIndexOf('.');
        var before = last > 0 ? reply.LastIndexOf('.', last - 1) : -1;
        return before >= 0 && last - before - 1 >= ShortestName ? reply[..last] : null;
    }
}
