namespace HaNatsBridge.Host.Availability;

/// <summary>
/// A client's connection. A server has another id after each start, so the id of a connection never comes back.
/// </summary>
/// <param name="Server">The server's id, <c>N…</c>.</param>
/// <param name="Client">The connection's id on that server.</param>
public readonly record struct ConnectionId(string Server, ulong Client);
