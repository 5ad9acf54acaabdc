using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>Two homes on one account: by their prefixes, unless those make the same names.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class HomeClaimTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [TestCase("my.house", "my-house")]
    [TestCase("a-b.c", "a.b.c")]
    [TestCase("home", "Home")]
    public async Task A_prefix_whose_names_are_anothers_is_refused_and_touches_nothing(string owner, string other)
    {
        await using var first = await StartAsync(owner);
        await first.Get<IHomeStorage>().Ready.WaitAsync(Patience);
        var before = await StoredAsync(first);

        await using var second = await BesideAsync(first, other);
        var service = second.Get<StorageService>();
        await Eventually.IsTrue(() => service.Report().Message?.Contains("--prefix", StringComparison.Ordinal) == true, "health says what to do");
        service.Report().State.ShouldBe(HealthState.Starting);
        service.Report().Message!.ShouldContain($"The prefix {other} ");
        service.Report().Message!.ShouldContain($" as {owner},");
        second.Get<IHomeStorage>().Identified.IsCompleted.ShouldBeFalse();
        File.Exists(second.Folder.PathOf("bridge_id")).ShouldBeFalse("it does not take over the other one's identity");
        (await StoredAsync(first)).ShouldBe(before);
    }

    [Test]
    public async Task Buckets_that_are_anothers_are_refused_also_where_its_streams_are_gone()
    {
        await using var first = await StartAsync("my.house");
        var storage = first.Get<IHomeStorage>();
        await storage.Ready.WaitAsync(Patience);
        var id = storage.BridgeId;
        var second = Make(first, "my-house");
        foreach (var name in new[] { "STATE", "IMAGES", "EVENTS", "AUDIT", "DLQ", "TELEMETRY" })
        {
            await storage.JetStream.DeleteStreamAsync($"MY-HOUSE_{name}");
        }

        var error = await Should.ThrowAsync<StorageException>(() => second.EnsureAsync(CancellationToken.None));
        error.Message.ShouldContain("my.house");
        error.Message.ShouldContain("my-house");
        (await storage.Bucket(HomeBucket.Bridge).GetEntryAsync<string>(BridgeIdentity.IdKey)).Value.ShouldBe(id);
    }

    [Test]
    public async Task A_store_of_before_the_mark_is_its_own_homes()
    {
        await using var home = await StartAsync("my.house");
        var storage = home.Get<HomeStorage>();
        await storage.Ready.WaitAsync(Patience);
        var id = storage.BridgeId;
        await storage.Bucket(HomeBucket.Bridge).PurgeAsync(HomeClaim.PrefixKey);

        (await Should.ThrowAsync<StorageException>(() => Make(home, "my-house").EnsureAsync(CancellationToken.None))).Message.ShouldContain("my.house");
        await Make(home, "my.house").EnsureAsync(CancellationToken.None);
        (await storage.Bucket(HomeBucket.Bridge).GetEntryAsync<string>(HomeClaim.PrefixKey)).Value.ShouldBe("my.house");
        storage.BridgeId.ShouldBe(id);
    }

    [Test]
    public async Task Two_homes_share_an_account_by_their_prefixes()
    {
        await using var first = await StartAsync("upper.house");
        await first.Get<IHomeStorage>().Ready.WaitAsync(Patience);

        // The second takes what room the first has left.
        await using var second = await BesideAsync(first, "lower.house");
        await second.Get<IHomeStorage>().Ready.WaitAsync(Patience);
        second.Get<IHomeStorage>().BridgeId.ShouldNotBe(first.Get<IHomeStorage>().BridgeId);
    }

    /// <summary>Every stream with what it has stored: what nobody touches stays the same.</summary>
    private static async Task<List<string>> StoredAsync(TestHome home)
    {
        var stored = new List<string>();
        await foreach (var stream in home.Get<IHomeStorage>().JetStream.ListStreamsAsync())
        {
            stored.Add($"{stream.Info.Config.Name} {stream.Info.State.LastSeq} {string.Join(' ', stream.Info.Config.Subjects ?? [])}");
        }

        return stored;
    }

    private static HomeStorage Make(TestHome home, string prefix) => new(
        new Host.Settings.BridgeOptions { Data = home.Folder.Path, Prefix = prefix }, home.Folder, home.Get<Host.Embedded.IEmbeddedServer>(), home.Link,
        Microsoft.Extensions.Logging.Abstractions.NullLogger<HomeStorage>.Instance);

    private Task<TestHome> StartAsync(string prefix) =>
        TestHome.StartAsync(services => services.AddStorage(), program, options: options => options with { Prefix = prefix });

    private static Task<TestHome> BesideAsync(TestHome first, string prefix)
    {
        var access = first.Get<EmbeddedServer>().Access;
        var url = access.Url.Replace("nats://", $"nats://{access.Home.User}:{access.Home.Password}@", StringComparison.Ordinal);
        return TestHome.StartAsync(services => services.AddStorage(), options: options => options with { Prefix = prefix, Nats = options.Nats with { Url = url } });
    }
}
