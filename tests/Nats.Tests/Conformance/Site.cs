using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The running servers of one <see cref="Topology"/>, with JetStream, shared by all rules: a rule uses subjects, streams and buckets of its own.</summary>
internal sealed class Site : IAsyncDisposable
{
    private const string HubDomain = "hub";

    private readonly Stack<IAsyncDisposable> _parts = new();

    private Site(NatsServerVersion version) => Version = version;

    public NatsServerVersion Version { get; }

    /// <summary>The server that a rule's client is connected to.</summary>
    public NatsServerProcess Here { get; private set; } = null!;

    /// <summary>Another server of the same house, where there is one; else the same.</summary>
    public NatsServerProcess There { get; private set; } = null!;

    /// <summary>The JetStream domain that <see cref="Here"/> must name; null where its own answers.</summary>
    public string? Domain { get; private set; }

    public static async Task<Site> StartAsync(Topology topology)
    {
        var version = topology is Topology.Oldest or Topology.OldestCluster or Topology.OldestLeaf ? NatsServerVersion.Oldest : NatsServerVersion.Newest;
        var site = new Site(version);
        try
        {
            await (topology switch
            {
                Topology.OldestCluster or Topology.NewestCluster => site.StartClusterAsync(),
                Topology.OldestLeaf or Topology.NewestLeaf => site.StartLeafAsync(),
                _ => site.StartOneAsync(),
            });
            await site.UntilJetStreamAnswersAsync();
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private async Task StartOneAsync() => Here = There = await StartAsync(new NatsServerOptions { Version = Version, JetStream = true });

    private async Task StartClusterAsync()
    {
        var cluster = await NatsClusterProcess.StartAsync(Version, jetStream: true);
        _parts.Push(cluster);
        Here = cluster.Servers[0];
        There = cluster.Servers[^1];
    }

    private async Task StartLeafAsync()
    {
        var port = FreePort.Next();
        There = await StartAsync(new NatsServerOptions
        {
            Version = Version,
            Name = "hub",
            // The domain is a line of the jetstream block, which therefore stands here.
            Config = $$"""
                jetstream { store_dir: "store", domain: {{HubDomain}}, max_memory_store: 256MB, max_file_store: 1GB }
                leafnodes { listen: "127.0.0.1:{{port}}" }
                """,
        });
        Here = await StartAsync(new NatsServerOptions { Version = Version, Name = "leaf", Config = $$"""leafnodes { remotes: [ { url: "nats-leaf://127.0.0.1:{{port}}" } ] }""" });
        Domain = HubDomain;
    }

    private async Task<NatsServerProcess> StartAsync(NatsServerOptions options)
    {
        var server = await NatsServerProcess.StartAsync(options);
        _parts.Push(server);
        return server;
    }

    /// <summary>A cluster elects its leader, and a leaf reaches its hub, after the servers have started.</summary>
    private async Task UntilJetStreamAnswersAsync()
    {
        await using var nats = new NatsConnection(new NatsOpts { Url = Here.Url, ConnectTimeout = CoreTest.Patience, RequestTimeout = TimeSpan.FromSeconds(2) });
        var js = new NatsJSContext(nats, new NatsJSOpts(nats.Opts, domain: Domain));
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await js.GetAccountInfoAsync();
                    await js.CreateStreamAsync(new("READY", ["ready"]));
                    return await js.DeleteStreamAsync("READY");
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            $"JetStream of {Version} answers",
            TimeSpan.FromSeconds(40));
    }
}
