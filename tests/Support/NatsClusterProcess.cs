namespace HaNatsBridge.Tests.Support;

/// <summary>Three nats-servers with routes to each other, and JetStream if asked for.</summary>
public sealed class NatsClusterProcess : IAsyncDisposable
{
    private const int Size = 3;

    private readonly NatsServerProcess[] _servers;

    private NatsClusterProcess(NatsServerProcess[] servers) => _servers = servers;

    public IReadOnlyList<NatsServerProcess> Servers => _servers;

    /// <summary>All servers' URLs, comma-separated.</summary>
    public string Url => string.Join(',', _servers.Select(static x => x.Url));

    public static async Task<NatsClusterProcess> StartAsync(NatsServerVersion version, bool jetStream = false, string config = "", CancellationToken cancellationToken = default)
    {
        var ports = Enumerable.Range(0, Size).Select(static _ => FreePort.Next()).ToArray();
        var routes = string.Join(", ", ports.Select(static port => $"\"nats://127.0.0.1:{port}\""));
        var servers = await Task.WhenAll(ports.Select((port, i) => NatsServerProcess.StartAsync(
            new NatsServerOptions
            {
                Version = version,
                JetStream = jetStream,
                Name = $"n{i + 1}",
                Config = $"cluster {{ name: test, listen: \"127.0.0.1:{port}\", routes: [{routes}] }}\n{config}",
            },
            cancellationToken)));
        return new NatsClusterProcess(servers);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }
}
