using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Three servers, and a leaf (docs.nats.io, "Clustering", "Leaf Nodes").</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(180_000)]
public sealed class ClusterTests(NatsServerVersion version)
{
    private static readonly NatsOpts Fast = new() { ConnectTimeout = CoreTest.Patience, ReconnectWaitMin = TimeSpan.FromMilliseconds(20), ReconnectWaitMax = TimeSpan.FromMilliseconds(100) };

    [Test]
    public async Task A_client_that_knows_one_server_moves_to_those_it_was_told_of(CancellationToken token)
    {
        await using var cluster = await NatsClusterProcess.StartAsync(version, cancellationToken: token);
        await using var nats = new NatsConnection(Fast with { Url = cluster.Servers[0].Url });
        await using var other = new NatsConnection(Fast with { Url = cluster.Servers[1].Url });
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => nats.ServerInfo!.ClientConnectUrls is { Length: >= 3 }, "told of three servers");
        await using var sub = await nats.SubscribeCoreAsync<int>("moved", cancellationToken: token);
        await nats.PingAsync(token);
        await cluster.Servers[0].KillAsync();
        await CoreTest.UntilItAnswersAsync(nats, token);
        nats.ServerInfo!.Port.ShouldNotBe(cluster.Servers[0].Port);
        await Eventually.TrueAsync(
            async () =>
            {
                await other.PublishAsync("moved", 1, cancellationToken: token);
                return sub.Msgs.TryRead(out _);
            },
            "a message over the cluster");
    }

    [Test]
    public async Task Servers_that_are_killed_one_after_the_other_under_traffic_lose_no_request(CancellationToken token)
    {
        await using var cluster = await NatsClusterProcess.StartAsync(version, cancellationToken: token);
        await using var asking = new NatsConnection(Fast with { Url = cluster.Url, RequestTimeout = TimeSpan.FromSeconds(1) });
        await using var answering = new NatsConnection(Fast with { Url = cluster.Url });
        await using var sub = await answering.SubscribeCoreAsync<int>("ask", cancellationToken: token);
        var responder = RespondAsync();
        var answered = 0;
        for (var i = 0; i < 60; i++)
        {
            if (i % 20 == 10)
            {
                await cluster.Servers[i / 20].RestartAsync(token);
            }

            await Eventually.TrueAsync(() => AskAsync(i), $"request {i}");
            answered++;
        }

        answered.ShouldBe(60);
        await sub.UnsubscribeAsync();
        await responder;

        async Task<bool> AskAsync(int number)
        {
            try
            {
                return (await asking.RequestAsync<int, int>("ask", number, cancellationToken: token)).Data == number;
            }
            catch (Exception e) when (e is NatsNoRespondersException or NatsNoReplyException)
            {
                return false;
            }
        }

        async Task RespondAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(token))
            {
                await msg.ReplyAsync(msg.Data, cancellationToken: token);
            }
        }
    }

    [Test]
    public async Task Requests_pass_a_leaf_node_both_ways_and_survive_its_hub(CancellationToken token)
    {
        var leafPort = FreePort.Next();
        await using var hub = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Version = version, Name = "hub", Config = $"leafnodes {{ listen: \"127.0.0.1:{leafPort}\" }}" }, token);
        await using var leaf = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Version = version, Name = "leaf", Config = $"leafnodes {{ reconnect: 1, remotes: [ {{ url: \"nats://127.0.0.1:{leafPort}\" }} ] }}" }, token);
        await using var atHub = new NatsConnection(Fast with { Url = hub.Url });
        await using var atLeaf = new NatsConnection(Fast with { Url = leaf.Url });
        await AskAcrossAsync(atHub, atLeaf, "to.leaf", token);
        await AskAcrossAsync(atLeaf, atHub, "to.hub", token);
        await hub.RestartAsync(token);
        await AskAcrossAsync(atHub, atLeaf, "again", token);
    }

    private static async Task AskAcrossAsync(NatsConnection from, NatsConnection to, string subject, CancellationToken token)
    {
        await using var sub = await to.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        var responder = RespondAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await from.RequestAsync<int, int>(subject, 7, cancellationToken: token)).Data == 7;
                }
                catch (NatsNoRespondersException)
                {
                    return false;
                }
            },
            $"an answer on {subject}",
            TimeSpan.FromSeconds(20));
        await sub.UnsubscribeAsync();
        await responder;

        async Task RespondAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(token))
            {
                await msg.ReplyAsync(msg.Data, cancellationToken: token);
            }
        }
    }
}
