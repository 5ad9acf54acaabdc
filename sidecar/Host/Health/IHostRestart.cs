namespace HaNatsBridge.Host.Health;

/// <summary>
/// Restarts the whole host inside the process: every feature is stopped, disposed of and built anew. For what no feature can
/// mend alone: an unexpected end of a background service, a store that is not the one we knew. The embedded NATS server keeps
/// running and is adopted.
/// </summary>
public interface IHostRestart
{
    /// <summary>Whether a restart was requested: the host stops, and another one follows.</summary>
    bool IsRequested { get; }

    /// <summary>Requests a restart and returns at once; any thread. Further requests of the same host are ignored.</summary>
    /// <param name="reason">Why, for the log.</param>
    void Request(string reason);
}
