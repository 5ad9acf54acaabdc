using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>Buckets that somebody else has made.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class BucketSettingsTests(string program)
{
    private static readonly StreamConfig Foreign = new("KV_home_devices", ["$KV.home_devices.>"])
    {
        MaxMsgsPerSubject = 2, MaxMsgs = -1, MaxBytes = -1, MaxConsumers = -1, MaxMsgSize = -1, Discard = StreamConfigDiscard.New, AllowRollupHdrs = true, AllowDirect = true, DenyDelete = true,
    };

    private TempFolder _temp = null!;
    private TestHome? _home;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public async Task TearDown()
    {
        if (_home is not null)
        {
            await _home.DisposeAsync();
        }

        _home = null;
        _temp.Dispose();
    }

    [Test]
    public async Task Whatever_loses_entries_is_corrected_and_what_is_the_operators_stays()
    {
        var config = await StartOnAsync(Foreign with
        {
            MaxMsgsPerSubject = -1, MaxMsgs = 100, MaxMsgSize = 1000, MaxAge = TimeSpan.FromHours(1), Discard = StreamConfigDiscard.Old, AllowDirect = false, AllowRollupHdrs = false,
            MaxBytes = 50_000_000, Description = "mine",
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
        Repairs().ShouldBeEmpty();
        await _home!.Get<IHomeStorage>().Bucket(HomeBucket.Devices).PutAsync("plug.hall", new byte[100_000]);
    }

    [Test]
    public async Task Markers_of_limits_are_taken_out_where_the_server_knows_them()
    {
        var config = await StartOnAsync(Foreign with { AllowMsgTTL = true, SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(5), MaxAge = TimeSpan.FromHours(1) });
        config.SubjectDeleteMarkerTTL.ShouldBe(TimeSpan.Zero);
        config.MaxAge.ShouldBe(TimeSpan.Zero);
        Repairs().ShouldBeEmpty();
    }

    [Test]
    public async Task What_the_server_does_not_let_us_correct_is_a_repair_and_the_rest_is_corrected()
    {
        // On one server: its end would be the end of what is in its memory.
        _home = await TestHome.StartAsync(program: program, dataFolder: _temp.Path);
        var jetStream = new NatsJSContext(_home.Link.Home);
        await jetStream.CreateStreamAsync(Foreign with { Storage = StreamConfigStorage.Memory, MaxAge = TimeSpan.FromHours(1) });
        var storage = new HomeStorage(
            new Host.Settings.BridgeOptions { Data = _temp.Path }, _home.Folder, _home.Get<Host.Embedded.IEmbeddedServer>(), _home.Link,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<HomeStorage>.Instance);
        using var watch = new StorageWatch(storage, _home.Get<IRepairs>(), TimeProvider.System);
        await storage.EnsureAsync(CancellationToken.None);
        await watch.LookAsync(CancellationToken.None);

        var config = (await jetStream.GetStreamAsync("KV_home_devices")).Info.Config;
        config.MaxAge.ShouldBe(TimeSpan.Zero);
        config.MaxMsgsPerSubject.ShouldBe(10);
        var repair = Repairs().ShouldHaveSingleItem();
        repair.Id.ShouldBe("bucket_settings.home_devices");
        repair.Placeholders["settings"].ShouldBe("storage is Memory instead of File");

        await jetStream.DeleteStreamAsync("KV_home_devices");
        await storage.EnsureAsync(CancellationToken.None);
        await watch.LookAsync(CancellationToken.None);
        Repairs().ShouldBeEmpty();
    }

    [Test]
    public async Task Buckets_of_our_own_are_left_as_they_are()
    {
        await StartOnAsync(null);
        var before = await StoredAsync();
        await _home!.Get<HomeStorage>().EnsureAsync(CancellationToken.None);
        (await StoredAsync()).ShouldBe(before);
        Repairs().ShouldBeEmpty();
    }

    /// <summary>Every bucket as the server has it.</summary>
    private async Task<List<string>> StoredAsync()
    {
        var configs = new List<string>();
        await foreach (var stream in _home!.Get<IHomeStorage>().JetStream.ListStreamsAsync("$KV.>"))
        {
            configs.Add($"{stream.Info.Config with { Subjects = null, Metadata = null }}");
        }

        configs.Count.ShouldBe(7);
        return configs;
    }

    private List<Repair> Repairs() => [.. _home!.Get<IRepairs>().Snapshot().Where(repair => repair.Key == "bucket_settings")];

    /// <summary>Starts on a store in which somebody has made the registry's bucket, and returns what has become of it.</summary>
    private async Task<StreamConfig> StartOnAsync(StreamConfig? foreign)
    {
        await using (var before = await TestHome.StartAsync(program: program, dataFolder: _temp.Path))
        {
            if (foreign is not null)
            {
                await new NatsJSContext(before.Link.Home).CreateStreamAsync(foreign);
            }
        }

        _home = await TestHome.StartAsync(services => services.AddStorage(), program, _temp.Path);
        var storage = _home.Get<IHomeStorage>();
        await storage.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        return (await storage.JetStream.GetStreamAsync("KV_home_devices")).Info.Config;
    }
}
