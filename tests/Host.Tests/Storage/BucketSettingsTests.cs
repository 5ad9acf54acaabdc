using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Storage.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>Buckets that another program has made.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class BucketSettingsTests(NatsServerVersion version)
{
    private static readonly StreamConfig Foreign = new("KV_home_devices", ["$KV.home_devices.>"])
    {
        MaxMsgsPerSubject = 2,
        MaxMsgs = -1,
        MaxBytes = -1,
        MaxConsumers = -1,
        MaxMsgSize = -1,
        Discard = StreamConfigDiscard.New,
        AllowRollupHdrs = true,
        AllowDirect = true,
        DenyDelete = true,
    };

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private StorageParts _parts = null!;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await HomeServer.StartAsync(version);

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    [SetUp]
    public async Task SetUp()
    {
        _folder = new TempFolder();
        _parts = await StorageParts.OpenAsync(_server.Url, "home", _folder);
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var name in await _parts.NamesAsync("home"))
        {
            await _parts.JetStream.DeleteStreamAsync(name);
        }

        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Whatever_loses_entries_is_corrected_and_what_is_the_operators_stays()
    {
        var config = await EnsureOnAsync(Foreign with
        {
            MaxMsgsPerSubject = -1,
            MaxMsgs = 100,
            MaxMsgSize = 1000,
            MaxAge = TimeSpan.FromHours(1),
            Discard = StreamConfigDiscard.Old,
            AllowDirect = false,
            AllowRollupHdrs = false,
            MaxBytes = 50_000_000,
            Description = "mine",
        });

        config.MaxMsgsPerSubject.ShouldBe(10);
        config.MaxMsgs.ShouldBe(-1);
        config.MaxMsgSize.ShouldBe(-1);
        config.MaxAge.ShouldBe(TimeSpan.Zero);
        config.Discard.ShouldBe(StreamConfigDiscard.New);
        config.AllowDirect.ShouldBeTrue();
        config.AllowRollupHdrs.ShouldBeTrue();
        config.MaxBytes.ShouldBe(50_000_000);
        config.Description.ShouldBe("mine");
        _parts.Setup.BucketTroubles.ShouldBeEmpty();
        await _parts.Storage.Bucket("home_devices").PutAsync("plug.hall", new byte[100_000]);
    }

    [Test]
    public async Task Markers_of_limits_are_taken_out_where_the_server_knows_them()
    {
        var config = await EnsureOnAsync(Foreign with
        {
            AllowMsgTTL = true, SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(5), MaxAge = TimeSpan.FromHours(1),
        });
        config.SubjectDeleteMarkerTTL.ShouldBe(TimeSpan.Zero);
        config.MaxAge.ShouldBe(TimeSpan.Zero);
        _parts.Setup.BucketTroubles.ShouldBeEmpty();
    }

    [Test]
    public async Task What_the_server_does_not_let_us_correct_is_a_repair_and_the_rest_is_corrected()
    {
        var inMemory = Foreign with { Storage = StreamConfigStorage.Memory, MaxAge = TimeSpan.FromHours(1) };
        await _parts.JetStream.CreateStreamAsync(inMemory);
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(TimeSpan.FromSeconds(20));

        var config = (await _parts.JetStream.GetStreamAsync("KV_home_devices")).Info.Config;
        config.MaxAge.ShouldBe(TimeSpan.Zero);
        config.MaxMsgsPerSubject.ShouldBe(10);
        var repair = _parts.Repairs.ShouldHaveSingleItem();
        repair.Id.ShouldBe("bucket_settings.home_devices");
        repair.Placeholders["settings"].ShouldBe("storage is Memory instead of File");
    }

    [Test]
    public async Task Buckets_of_our_own_are_left_as_they_are()
    {
        await _parts.EnsureAsync();
        var before = await StoredAsync();
        await _parts.EnsureAsync();
        (await StoredAsync()).ShouldBe(before);
        _parts.Setup.BucketTroubles.ShouldBeEmpty();
    }

    [Test]
    public async Task Each_change_of_a_bucket_that_is_republished_is_published()
    {
        var keeper = new BucketKeeper(_parts.JetStream, NullLogger.Instance);
        var declared = new BucketDeclaration("home_test", "A test") { RepublishedTo = "home.test.>" };
        var bucket = await keeper.EnsureAsync(declared, CancellationToken.None);
        keeper.Troubles.ShouldBeEmpty();
        await using var client = new NatsConnection(new NatsOpts { Url = _server.Url });
        await using var published = await client.SubscribeCoreAsync<string>("home.test.>");
        await client.PingAsync();

        await bucket.PutAsync("lamp.hall", "{}");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        (await published.Msgs.ReadAsync(limit.Token)).Subject.ShouldBe("home.test.lamp.hall");
    }

    /// <summary>Every bucket as the server has it.</summary>
    private async Task<List<string>> StoredAsync()
    {
        var configs = new List<string>();
        await foreach (var stream in _parts.JetStream.ListStreamsAsync("$KV.>"))
        {
            configs.Add($"{stream.Info.Config with { Subjects = null, Metadata = null }}");
        }

        configs.Count.ShouldBe(4);
        return configs;
    }

    /// <summary>Another program has made the registry's bucket; what became of it is returned.</summary>
    private async Task<StreamConfig> EnsureOnAsync(StreamConfig foreign)
    {
        await _parts.JetStream.CreateStreamAsync(foreign);
        await _parts.EnsureAsync();
        return (await _parts.JetStream.GetStreamAsync("KV_home_devices")).Info.Config;
    }
}
