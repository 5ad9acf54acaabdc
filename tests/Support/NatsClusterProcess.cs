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

    public static async Task<NatsClusterProcess> StartAsync(
        NatsServerVersion version, bool jetStream = false, string config = "", CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new NatsClusterProcess(await StartAllAsync(version, jetStream, config, cancellationToken));
            }
            catch (InvalidOperationException e)
                when (attempt < 3 && e.Message.Contains("address already in use", StringComparison.Ordinal))
            {
                // Another process took the port of a route meanwhile: all get new ones.
                continue;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<NatsServerProcess[]> StartAllAsync(
        NatsServerVersion version, bool jetStream, string config, CancellationToken cancellationToken)
    {
        var ports = Enumerable.Range(0, Size).Select(static _ => FreePort.Next()).ToArray();
        var routes = string.Join(", ", ports.Select(static port => $"\"nats://127.0.0.1:{port}\""));
        var starting = ports.Select((port, i) => NatsServerProcess.StartAsync(
            new NatsServerOptions
            {
                Version = version,
                JetStream = jetStream,
                Name = $"n{i + 1}",
                Config = $"cluster {{ name: test, listen: \"127.0.0.1:{port}\", routes: [{routes}] }}\n{config}",
            },
            cancellationToken)).ToArray();
        try
        {
            return await Task.WhenAll(starting);
        }
        catch
        {
            foreach (var started in starting.Where(static x => x.IsCompletedSuccessfully))
            {
                await (await started).DisposeAsync();
            }

            throw;
        }
    }
}
