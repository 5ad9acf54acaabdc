namespace HaNatsBridge.Host.Embedded;

/// <summary>The embedded server cannot run; the message says why and what to do, for people.</summary>
public sealed class EmbeddedServerException(string message) : Exception(message);
