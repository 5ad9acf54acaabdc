using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>
/// A sidecar in a cluster, and a device on a leaf node: commands, states and announcements go on when a server or the way to it
/// is lost.
/// </summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(180_000)]
public sealed class ManyServersTests(NatsServerVersion version)
{
    private static readonly DeviceId Lamp = new("light", "lamp");
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, int> _executed = new();

    [Test]
    public async Task The_sidecar_goes_on_at_another_server_of_the_cluster_when_its_own_is_killed(CancellationToken token)
    {
        _executed.Clear();
        await using var cluster = await NatsClusterProcess.StartAsync(version, jetStream: true, cancellationToken: token);
        await using var home = await StartAsync(cluster.Url, token);
        await CopyEverythingAsync(home, token);
        var own = cluster.Servers.Single(server => server.Name == home.Link.Home.ServerInfo!.Name);
        await using var lamp = await TestDevice.ConnectAsync(
            string.Join(',', cluster.Servers.Where(server => server != own).Select(server => server.Url)), Lamp);
        await using var sets = await AnswerAsync(lamp, token);
        await AnnouncedAsync(lamp);
        await ExecutedAsync(home);

        await own.KillAsync();
        await ExecutedAsync(home);
        await FollowedAsync(home, lamp, "2");
        home.Get<IDeviceRegistry>().TryGet(Lamp, out _).ShouldBeTrue();
        _executed.Values.ShouldAllBe(static times => times == 1, "no command was executed twice");
    }

    [Test]
    public async Task A_device_behind_a_leaf_node_takes_commands_again_when_the_leaf_is_back(CancellationToken token)
    {
        _executed.Clear();
        var port = FreePort.Next();
        await using var line = new TcpProxy(port);
        await using var hub = await NatsServerProcess.StartAsync(
            new NatsServerOptions
            {
                Version = version,
                JetStream = true,
                Name = "hub",

                // Else the oldest leaf learns the hub's own address, and comes back around the proxy.
                Config = $"leafnodes {{ listen: \"127.0.0.1:{port}\", advertise: \"127.0.0.1:{line.Port}\" }}",
            },
            token);
        await using var leaf = await NatsServerProcess.StartAsync(
            new NatsServerOptions
            {
                Version = version,
                Name = "leaf",
                Config = $"leafnodes {{ remotes: [{{ url: \"nats-leaf://127.0.0.1:{line.Port}\" }}], reconnect: 1 }}",
            },
            token);
        await using var home = await StartAsync(hub.Url, token);
        await using var lamp = await TestDevice.ConnectAsync(leaf.Url, Lamp);
        await using var sets = await AnswerAsync(lamp, token);
        await AnnouncedAsync(lamp);
        await ExecutedAsync(home);
        await FollowedAsync(home, lamp, "1");

        line.Refuse = true;
        line.Cut();
        var failed = new List<string>();
        await Eventually.TrueAsync(
            async () =>
            {
                var outcome = await ExecuteAsync(home);
                failed.AddRange(outcome.Ok ? [] : [outcome.Id]);
                return outcome.Code is "NO_RESPONDERS" or "DEVICE_OFFLINE";
            },
            "commands find nobody",
            Long);
        line.Refuse = false;
        await ExecutedAsync(home);
        await FollowedAsync(home, lamp, "2");
        _executed.Keys.Intersect(failed).ShouldBeEmpty("carried out after the caller was told that it failed");
    }

    private static async Task<TestHome> StartAsync(string url, CancellationToken token)
    {
        var home = await TestHome.StartAsync(
            static services => services.AddStorage().AddHomeDevices().AddState().AddCommands().AddPictures(),
            options: o => o with { Nats = o.Nats with { Url = url } });
        return await home.OrNoneAsync(started => started.Get<IStateStore>().Ready.WaitAsync(Long, token));
    }

    /// <summary>Copies on every server, as an operator of a cluster makes them: then no single server is needed.</summary>
    private static async Task CopyEverythingAsync(TestHome home, CancellationToken token)
    {
        var js = new NatsJSContext(home.Link.Home);
        var configs = new List<NATS.Client.JetStream.Models.StreamConfig>();
        await foreach (var stream in js.ListStreamsAsync(cancellationToken: token))
        {
            configs.Add(stream.Info.Config);
        }

        foreach (var config in configs)
        {
            // The test's servers have little room.
            config.MaxBytes = Math.Min(config.MaxBytes, 1 << 24);
            await js.UpdateStreamAsync(config, token);
        }

        foreach (var config in configs)
        {
            config.NumReplicas = 3;
            await js.UpdateStreamAsync(config, token);
        }

        await Eventually.TrueAsync(
            async () =>
            {
                await foreach (var stream in js.ListStreamsAsync(cancellationToken: token))
                {
                    if (stream.Info.Cluster?.Replicas is not { Count: 2 } replicas || replicas.Any(replica => !replica.Current))
                    {
                        return false;
                    }
                }

                return true;
            },
            "every server has a copy",
            Long);
    }

    private async Task<INatsSub<byte[]>> AnswerAsync(TestDevice lamp, CancellationToken token)
    {
        var sets = await lamp.Connection.SubscribeCoreAsync<byte[]>($"home.devices.{Lamp}.set", cancellationToken: token);
        _ = AnswerAllAsync(sets);
        return sets;
    }

    private async Task AnswerAllAsync(INatsSub<byte[]> sets)
    {
        await foreach (var msg in sets.Msgs.ReadAllAsync())
        {
            _executed.AddOrUpdate(JsonElement.Parse(msg.Data!).GetProperty("id").GetString()!, 1, static (_, times) => times + 1);
            await msg.ReplyAsync("""{"ok":true}"""u8.ToArray());
        }
    }

    private static Task AnnouncedAsync(TestDevice lamp) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                var reply = await lamp.Connection.RequestAsync<byte[], byte[]>(
                    "home.discovery.announce",
                    TestDevice.Describe(
                        Lamp, new { entities = new[] { new { key = "level", platform = "number", min = 0, max = 10 } } }),
                    replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
                return JsonElement.Parse(reply.Data!).GetProperty("ok").GetBoolean();
            }
            catch (NatsException)
            {
                return false;
            }
        },
        "the lamp is announced",
        Long);

    /// <summary>Sooner or later: a cluster takes seconds to find a new leader.</summary>
    private static Task ExecutedAsync(TestHome home) =>
        Eventually.TrueAsync(async () => (await ExecuteAsync(home)).Ok, "a command is answered", Long);

    private static async Task<CommandOutcome> ExecuteAsync(TestHome home) => await home.Get<ICommandRouter>().ExecuteAsync(
        new CommandRequest
        {
            Entity = new EntityId(Lamp, "level"), Action = "set_value", Params = JsonElement.Parse("""{"value":1}"""),
            Origin = "test", Deadline = TimeSpan.FromSeconds(2),
        },
        CancellationToken.None);

    private static Task FollowedAsync(TestHome home, TestDevice lamp, string value) => Eventually.TrueAsync(
        async () =>
        {
            await lamp.Connection.PublishAsync($"home.devices.{Lamp}.state.level", value);
            return home.Get<IStateStore>().TryGet(new EntityId(Lamp, "level"), out var state)
                && Encoding.UTF8.GetString(state.Value.Span) == value;
        },
        "its state is known",
        Long);
}
