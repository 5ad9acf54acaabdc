namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>A client's connection: the server's id changes with each start of it, so that a connection id never comes back.</summary>
/// <param name="Server">The server's id, <c>N…</c>.</param>
/// <param name="Client">The connection's id on that server.</param>
internal readonly record struct ConnectionId(string Server, ulong Client);
