using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;
using Eventually = HaNatsBridge.Host.Tests.Support.Eventually;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>A server of somebody else's, with an account that has a limit and more homes than one.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class SharedRoomTests(NatsServerVersion version)
{
    private const int Rounds = 3;
    private const string Config = """
        accounts { HOMES { jetstream { max_file: 100000000, max_mem: 1000000 }, users: [ { user: homes, password: homes } ] } }
        """;

    private NatsServerProcess _server = null!;

    private string Url => $"nats://homes:homes@127.0.0.1:{_server.Port}";

    [SetUp]
    public async Task SetUp() => _server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true, Config = Config });

    [TearDown]
    public async Task TearDown() => await _server.DisposeAsync();

    [Test]
    public async Task Two_homes_that_start_at_the_same_moment_both_find_room()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var storages = new[] { Storage(one, $"one{round}"), Storage(other, $"other{round}") };

            await Task.WhenAll(storages.Select(ReadyAsync));

            storages.ShouldAllBe(storage => storage.Streams.Count == 6);
            await DeleteAllAsync(one.Link.Home);
        }
    }

    [Test]
    public async Task A_home_that_finds_no_room_says_so_and_is_ready_as_soon_as_there_is_some()
    {
        await using var greedy = new NatsConnection(new NatsOpts { Url = Url });
        var jetStream = new NatsJSContext(greedy);
        await jetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["greedy.>"]) { MaxBytes = 95_000_000 });
        await using var home = await StartAsync(services => services.AddStorage());

        await Eventually.IsTrue(() => Keys(home).Contains("no_room"), "a person is told");
        home.Get<IHomeStorage>().Ready.IsCompleted.ShouldBeFalse();

        await jetStream.DeleteStreamAsync("GREEDY");
        await home.Get<IHomeStorage>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.IsTrue(() => !Keys(home).Contains("no_room"), "it is over");
        var telemetry = await home.Get<IHomeStorage>().JetStream.GetStreamAsync("HOME_TELEMETRY");
        telemetry.Info.Config.MaxBytes.ShouldBeGreaterThan(10_000_000, "what there is room for then, and not the least");
    }

    private static HashSet<string> Keys(TestHome home) => [.. home.Get<IRepairs>().Snapshot().Select(repair => repair.Key)];

    private static HomeStorage Storage(TestHome home, string prefix) =>
        new(new BridgeOptions { Prefix = prefix }, home.Folder, home.Get<IEmbeddedServer>(), home.Link, NullLogger<HomeStorage>.Instance);

    /// <summary>As the service does: again and again.</summary>
    private static Task ReadyAsync(HomeStorage storage) => Eventually.IsTrueAsync(
        async () =>
        {
            try
            {
                await storage.EnsureAsync(CancellationToken.None);
                return true;
            }
            catch (Exception exception) when (exception is NatsException or StorageException)
            {
                TestContext.Out.WriteLine(exception.Message);
                return false;
            }
        },
        $"{storage.Subjects.Root} is ready");

    private static async Task DeleteAllAsync(INatsConnection connection)
    {
        var jetStream = new NatsJSContext(connection);
        var names = new List<string>();
        await foreach (var name in jetStream.ListStreamNamesAsync())
        {
            names.Add(name);
        }

        foreach (var name in names)
        {
            await jetStream.DeleteStreamAsync(name);
        }
    }

    private Task<TestHome> StartAsync(Func<Microsoft.Extensions.DependencyInjection.IServiceCollection, Microsoft.Extensions.DependencyInjection.IServiceCollection>? add = null) =>
        TestHome.StartAsync(add, options: options => options with { Nats = options.Nats with { Url = Url } });
}
