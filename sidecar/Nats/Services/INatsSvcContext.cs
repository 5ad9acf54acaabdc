namespace NATS.Client.Services;

/// <summary>The services of one connection (ADR-32).</summary>
public interface INatsSvcContext
{
    /// <summary>Starts a service.</summary>
    ValueTask<INatsSvcServer> AddServiceAsync(string name, string version, string queueGroup = "q", CancellationToken cancellationToken = default);

    /// <summary>Starts a service.</summary>
    ValueTask<INatsSvcServer> AddServiceAsync(NatsSvcConfig config, CancellationToken cancellationToken = default);
}
