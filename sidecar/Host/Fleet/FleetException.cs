namespace HaNatsBridge.Host.Fleet;

/// <summary>A credential cannot be made or revoked; the message says why and what to do, for people.</summary>
public sealed class FleetException(string message) : IOException(message);
