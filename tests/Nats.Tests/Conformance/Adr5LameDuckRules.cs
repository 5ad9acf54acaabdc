using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-5: a server that is about to go says so.</summary>
[CancelAfter(60_000)]
public sealed class Adr5LameDuckRules
{
    [TestCase(NatsServerVersion.Oldest)]
    [TestCase(NatsServerVersion.Newest)]
    [Rule("ADR-5", "Decision")]
    public async Task Lame_duck_mode_is_told_of_and_the_client_moves_to_another_server(NatsServerVersion version, CancellationToken token)
    {
        await using var cluster = await NatsClusterProcess.StartAsync(version, config: "lame_duck_duration: \"30s\"\nlame_duck_grace_period: \"1s\"", cancellationToken: token);
        await using var nats = new NatsConnection(new NatsOpts { Url = cluster.Servers[0].Url, ConnectTimeout = CoreTest.Patience });
        var lameDuck = LameDuckOf(nats);
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => nats.ServerInfo!.ClientConnectUrls is { Length: >= 3 }, "told of three servers");
        await cluster.Servers[0].SignalAsync("USR2");
        (await lameDuck.WaitAsync(token)).Port.ShouldBe(cluster.Servers[0].Port);
        await nats.ReconnectAsync();
        await nats.PingAsync(token);
        nats.ServerInfo!.Port.ShouldNotBe(cluster.Servers[0].Port);
    }

    [Test]
    [Rule("ADR-5", "Decision")]
    public async Task The_property_ldm_says_so_once_and_the_connection_goes_on_until_the_server_ends_it(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var told = 0;
        nats.LameDuckModeActivated += (_, _) =>
        {
            Interlocked.Increment(ref told);
            return ValueTask.CompletedTask;
        };
        await nats.ConnectAsync();
        await server.SayAsync("INFO {\"ldm\":false}\r\nINFO {\"ldm\":true}\r\nINFO {\"ldm\":true}\r\n", token);
        await nats.PingAsync(token);
        await Eventually.TrueAsync(() => Volatile.Read(ref told) == 1, "told");
        (nats.ServerInfo!.LameDuckMode, nats.ConnectionState, server.Connections).ShouldBe((true, NatsConnectionState.Open, 1));
    }

    [Test]
    [Rule("ADR-5", "Consequences")]
    public async Task A_lame_duck_is_tried_again_only_after_all_others(CancellationToken token)
    {
        await using var duck = new WireServer();
        await using var gone = new WireServer();
        await using var other = new WireServer();
        await using var nats = duck.Client(x => x with { Url = $"{duck.Url},{gone.Url},{other.Url}", NoRandomize = true });
        var lameDuck = LameDuckOf(nats);
        await nats.ConnectAsync();
        await duck.SayAsync("INFO {\"ldm\":true}\r\n", token);
        await lameDuck.WaitAsync(token);
        duck.HangUp();
        await Eventually.TrueAsync(() => gone.Connections == 1 && nats.ConnectionState == NatsConnectionState.Open, "moved on");
        gone.HangUp();
        await Eventually.TrueAsync(() => other.Connections == 1, "moved on again, not back");
        duck.Connections.ShouldBe(1);
    }

    private static Task<Uri> LameDuckOf(NatsConnection nats)
    {
        var lameDuck = new TaskCompletionSource<Uri>();
        nats.LameDuckModeActivated += (_, args) =>
        {
            lameDuck.TrySetResult(args.Uri);
            return ValueTask.CompletedTask;
        };
        return lameDuck.Task;
    }
}
