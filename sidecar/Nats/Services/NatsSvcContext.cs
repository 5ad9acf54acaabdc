using NATS.Client.Core;

namespace NATS.Client.Services;

/// <summary>The services of one connection.</summary>
public class NatsSvcContext : INatsSvcContext
{
    private readonly INatsConnection _connection;

    /// <summary>Over a connection.</summary>
    public NatsSvcContext(INatsConnection nats)
    {
        ArgumentNullException.ThrowIfNull(nats);
        _connection = nats;
    }

    /// <inheritdoc/>
    public ValueTask<INatsSvcServer> AddServiceAsync(string name, string version, string queueGroup = "q", CancellationToken cancellationToken = default) =>
        AddServiceAsync(new NatsSvcConfig(name, version) { QueueGroup = queueGroup }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<INatsSvcServer> AddServiceAsync(NatsSvcConfig config, CancellationToken cancellationToken = default)
    {
        var server = new NatsSvcServer(_connection, config, cancellationToken);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }
}
