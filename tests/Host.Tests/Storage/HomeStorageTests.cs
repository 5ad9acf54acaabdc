using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class HomeStorageTests(string program)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private TestHome? _home;

    [TearDown]
    public async Task TearDown()
    {
        if (_home is not null)
        {
            await _home.DisposeAsync();
        }

        _home = null;
    }

    [Test]
    public async Task Every_stream_and_bucket_of_the_table_is_made()
    {
        var storage = await StartAsync();

        var streams = await NamesAsync(storage);
        streams.ShouldBe(
            ["HOME_AUDIT", "HOME_DLQ", "HOME_EVENTS", "HOME_IMAGES", "HOME_STATE", "HOME_TELEMETRY", "KV_home_automation_state", "KV_home_automations",
                "KV_home_availability", "KV_home_bridge", "KV_home_config", "KV_home_devices", "KV_home_leases"],
            ignoreOrder: true);
        foreach (var bucket in Enum.GetValues<HomeBucket>())
        {
            storage.Bucket(bucket).Bucket.ShouldStartWith("home_");
        }

        (await storage.Bucket(HomeBucket.Devices).GetStatusAsync()).Info.Config.MaxMsgsPerSubject.ShouldBe(10);
        (await storage.Bucket(HomeBucket.Config).GetStatusAsync()).Info.Config.MaxMsgsPerSubject.ShouldBe(64);
    }

    [Test]
    public async Task The_streams_leave_room_for_the_buckets()
    {
        var storage = await StartAsync();
        long sum = 0;
        await foreach (var stream in storage.JetStream.ListStreamsAsync())
        {
            if (stream.Info.Config.Name!.StartsWith("HOME_", StringComparison.Ordinal))
            {
                stream.Info.Config.Discard.ShouldBe(StreamConfigDiscard.Old);
                stream.Info.Config.MaxBytes.ShouldBeGreaterThan(0);
                sum += stream.Info.Config.MaxBytes;
            }
        }

        sum.ShouldBeLessThanOrEqualTo(_home!.Get<EmbeddedServer>().MaxFileStore * 7 / 8);
    }

    [Test]
    public async Task A_published_state_reaches_the_last_state_stream_through_telemetry()
    {
        var storage = await StartAsync();
        var subject = storage.Subjects.StateOf(new DeviceId("lamp", "hall"), "main");
        for (var i = 0; i < 3; i++)
        {
            (await storage.JetStream.PublishAsync(subject, $"{i}")).EnsureSuccess();
        }

        await Eventually.IsTrueAsync(
            async () =>
            {
                var state = await storage.JetStream.GetStreamAsync(storage.Names.StateStream);
                return state.Info.State is { Messages: 1, LastSeq: 3 };
            },
            "the last state is kept, once");
    }

    [Test]
    public async Task What_is_sent_again_within_an_hour_is_stored_once_also_in_streams_of_before()
    {
        using var temp = new TempFolder();
        var before = await StartAsync(folder: temp.Path);
        foreach (var name in new[] { before.Names.EventsStream, before.Names.AuditStream })
        {
            var stream = await before.JetStream.GetStreamAsync(name);
            stream.Info.Config.DuplicateWindow.ShouldBe(TimeSpan.FromHours(1));
            await stream.UpdateAsync(stream.Info.Config with { DuplicateWindow = TimeSpan.FromMinutes(2) });
        }

        await _home!.DisposeAsync();
        var storage = await StartAsync(folder: temp.Path);
        (await storage.JetStream.GetStreamAsync(storage.Names.EventsStream)).Info.Config.DuplicateWindow.ShouldBe(TimeSpan.FromHours(1));
        (await storage.JetStream.GetStreamAsync(storage.Names.AuditStream)).Info.Config.DuplicateWindow.ShouldBe(TimeSpan.FromHours(1));
        await _home!.DisposeAsync();
        _home = null;
    }

    [Test]
    public async Task A_prefix_of_several_tokens_names_everything()
    {
        var storage = await StartAsync("my.house");
        var names = await NamesAsync(storage);
        names.ShouldContain("MY-HOUSE_TELEMETRY");
        names.ShouldContain("KV_my-house_devices");
    }

    [Test]
    public async Task The_bridge_id_is_kept_over_a_restart_and_taken_over_by_a_fresh_store()
    {
        using var temp = new TempFolder();
        var first = await StartAsync(folder: temp.Path);
        var id = first.BridgeId;
        id.ShouldMatch("^[a-z0-9]{8}$");
        await _home!.DisposeAsync();

        (await StartAsync(folder: temp.Path)).BridgeId.ShouldBe(id);
        await _home!.DisposeAsync();

        Directory.Delete(temp.Of("nats", "store"), recursive: true);
        (await StartAsync(folder: temp.Path)).BridgeId.ShouldBe(id);
        await _home!.DisposeAsync();
        _home = null;
    }

    [Test]
    public async Task What_the_store_says_wins_over_the_folders_copy()
    {
        using var temp = new TempFolder();
        var id = (await StartAsync(folder: temp.Path)).BridgeId;
        await _home!.DisposeAsync();
        await File.WriteAllTextAsync(temp.Of("bridge_id"), "aaaabbbb");

        (await StartAsync(folder: temp.Path)).BridgeId.ShouldBe(id);
        await _home!.DisposeAsync();
        _home = null;
        (await File.ReadAllTextAsync(temp.Of("bridge_id"))).Trim().ShouldBe(id);
    }

    [Test]
    public async Task A_stream_of_that_name_with_other_subjects_is_refused_by_name_until_it_is_mended()
    {
        _home = await TestHome.StartAsync(program: program);
        var foreign = new NatsJSContext(_home.Link.Home);
        await foreign.CreateStreamAsync(new StreamConfig("HOME_EVENTS", ["something.else"]));
        var folder = _home.Folder.Path;
        var storage = new HomeStorage(
            new Host.Settings.BridgeOptions { Data = folder }, _home.Folder, _home.Get<Host.Embedded.IEmbeddedServer>(), _home.Link,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<HomeStorage>.Instance);

        var error = await Should.ThrowAsync<StorageException>(() => storage.EnsureAsync(CancellationToken.None));
        error.Message.ShouldContain("HOME_EVENTS");
        error.Message.ShouldContain("something.else");
        (await foreign.GetStreamAsync("HOME_EVENTS")).Info.Config.Subjects.ShouldBe(["something.else"]);

        await foreign.DeleteStreamAsync("HOME_EVENTS");
        await storage.EnsureAsync(CancellationToken.None);
        storage.Ready.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Test]
    public async Task A_foreign_stream_that_has_the_homes_subjects_is_refused_by_name()
    {
        _home = await TestHome.StartAsync(program: program);
        var foreign = new NatsJSContext(_home.Link.Home);
        await foreign.CreateStreamAsync(new StreamConfig("GREEDY", ["home.>"]));
        var storage = new HomeStorage(
            new Host.Settings.BridgeOptions { Data = _home.Folder.Path }, _home.Folder, _home.Get<Host.Embedded.IEmbeddedServer>(), _home.Link,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<HomeStorage>.Instance);

        var error = await Should.ThrowAsync<StorageException>(() => storage.EnsureAsync(CancellationToken.None));
        error.Message.ShouldContain("GREEDY");
        error.Message.ShouldContain("HOME_TELEMETRY");
        (await foreign.GetStreamAsync("GREEDY")).Info.Config.Subjects.ShouldBe(["home.>"]);

        await foreign.DeleteStreamAsync("GREEDY");
        await storage.EnsureAsync(CancellationToken.None);
    }

    [Test]
    public async Task Each_change_of_the_configuration_is_published()
    {
        var storage = await StartAsync();
        await using var client = _home!.Client();
        await using var heard = await client.SubscribeCoreAsync<string>("home.config.>");
        await client.PingAsync();

        await storage.Bucket(HomeBucket.Config).PutAsync("device.lamp", "{}");

        using var limit = new CancellationTokenSource(Patience);
        (await heard.Msgs.ReadAsync(limit.Token)).Subject.ShouldBe("home.config.device.lamp");
    }

    [Test]
    public async Task An_older_sidecar_writes_nothing_over_a_newer_format()
    {
        using var temp = new TempFolder();
        var storage = await StartAsync(folder: temp.Path);
        await storage.Bucket(HomeBucket.Bridge).PutAsync(BridgeIdentity.FormatKey, "2");
        await storage.JetStream.DeleteStreamAsync("HOME_DLQ");
        await _home!.DisposeAsync();

        _home = await TestHome.StartAsync(services => services.AddStorage(), program, temp.Path);
        var service = _home.Get<StorageService>();
        await Eventually.IsTrue(() => service.Report().Message?.Contains("newer", StringComparison.Ordinal) == true, "health says why");
        service.Report().State.ShouldBe(HealthState.Starting);
        (await NamesAsync(_home.Get<IHomeStorage>())).ShouldNotContain("HOME_DLQ");
        await _home.DisposeAsync();
        _home = null;
    }

    [Test]
    public async Task An_older_sidecar_that_is_running_stops_when_a_newer_one_has_written()
    {
        var storage = await StartAsync();
        await LookedAsync();
        await storage.Bucket(HomeBucket.Bridge).PutAsync(BridgeIdentity.FormatKey, "2");
        var stopping = _home!.Get<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().ApplicationStopping;

        await ((NatsConnection)_home.Link.Home).ReconnectAsync();

        await Eventually.IsTrue(() => stopping.IsCancellationRequested, "it stops");
        (await storage.Bucket(HomeBucket.Bridge).GetEntryAsync<string>(BridgeIdentity.FormatKey)).Value.ShouldBe("2");
    }

    [Test]
    public async Task An_acknowledgement_that_a_device_had_written_over_the_homes_identity_is_put_right()
    {
        var storage = await StartAsync();
        var bridge = storage.Bucket(HomeBucket.Bridge);
        string[] keys = [BridgeIdentity.FormatKey, BridgeIdentity.IdKey, HomeClaim.PrefixKey];
        var before = await ReadAsync(bridge, keys);
        foreach (var key in keys)
        {
            // The device may publish its state; where the server acknowledges that is the device's choice.
            await _home!.Link.Home.PublishAsync("home.devices.lamp.desk.state", "{}", replyTo: $"$KV.home_bridge.{key}");
        }

        await Eventually.IsTrueAsync(async () => (await ReadAsync(bridge, keys)).All(static text => text.Contains("HOME_TELEMETRY", StringComparison.Ordinal)), "the server wrote where it was told");
        await ((HomeStorage)storage).CheckFormatAsync(CancellationToken.None);
        await ((HomeStorage)storage).EnsureAsync(CancellationToken.None);
        (await ReadAsync(bridge, keys)).ShouldBe(before);
    }

    private static async Task<string[]> ReadAsync(INatsKVStore bucket, string[] keys)
    {
        var values = new List<string>();
        foreach (var key in keys)
        {
            values.Add((await bucket.GetEntryAsync<string>(key)).Value!);
        }

        return [.. values];
    }

    [Test]
    public async Task A_stream_on_set_is_a_repair_and_degrades_health()
    {
        var storage = await StartAsync();
        await LookedAsync();
        await storage.JetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["home.devices.*.*.set"]));
        var watch = _home!.Get<StorageWatch>();
        await watch.LookAsync(CancellationToken.None);

        watch.OnSet.ShouldBe(["GREEDY"]);
        _home.Get<IRepairs>().Snapshot().ShouldContain(repair => repair.Id == "stream_on_set" && repair.Placeholders["streams"] == "GREEDY");
        _home.Get<StorageService>().Report().State.ShouldBe(HealthState.Degraded);

        await storage.JetStream.DeleteStreamAsync("GREEDY");
        await watch.LookAsync(CancellationToken.None);
        _home.Get<IRepairs>().Snapshot().ShouldNotContain(repair => repair.Id == "stream_on_set");
    }

    [Test]
    public async Task Four_fifths_of_a_stream_are_a_repair()
    {
        var storage = await StartAsync();
        await LookedAsync();
        var dlq = await storage.JetStream.GetStreamAsync(storage.Names.DlqStream);
        await dlq.UpdateAsync(dlq.Info.Config with { MaxBytes = 100_000 });
        (await storage.JetStream.PublishAsync(storage.Subjects.Dlq("test"), new byte[85_000])).EnsureSuccess();
        await _home!.Get<StorageWatch>().LookAsync(CancellationToken.None);

        _home.Get<IRepairs>().Snapshot().ShouldContain(repair => repair.Id == "stream_nearly_full.HOME_DLQ");
    }

    [Test]
    public async Task A_stream_out_of_shape_is_brought_back_without_touching_what_is_not_designed()
    {
        var storage = await StartAsync();
        var audit = await storage.JetStream.GetStreamAsync(storage.Names.AuditStream);
        await audit.UpdateAsync(audit.Info.Config with { MaxBytes = 100_000, MaxAge = TimeSpan.FromDays(1), MaxMsgSize = 5_000 });
        await _home!.Get<HomeStorage>().EnsureAsync(CancellationToken.None);

        var config = (await storage.JetStream.GetStreamAsync(storage.Names.AuditStream)).Info.Config;
        config.MaxBytes.ShouldBeGreaterThan(100_000);
        config.MaxAge.ShouldBe(TimeSpan.FromDays(30));
        config.MaxMsgSize.ShouldBe(5_000);
    }

    [Test]
    public async Task Two_sidecars_that_start_at_once_agree_on_one_bridge_id()
    {
        _home = await TestHome.StartAsync(program: program);
        using var other = new TempFolder();
        var otherFolder = Host.DataFolder.DataFolderFeature.OpenShared(new Host.Settings.BridgeOptions { Data = other.Path });
        var keyValue = new NatsKVContext(new NatsJSContext(_home.Link.Home));
        var bucket = await keyValue.CreateStoreAsync("home_bridge");

        var ids = await Task.WhenAll(
            new BridgeIdentity(_home.Folder).ReadOrMakeAsync(bucket, CancellationToken.None),
            new BridgeIdentity(otherFolder).ReadOrMakeAsync(bucket, CancellationToken.None));
        ids[0].ShouldBe(ids[1]);
    }

    [Test]
    public async Task A_store_that_is_lost_while_running_is_made_again()
    {
        var storage = await StartAsync();
        var id = storage.BridgeId;
        foreach (var name in await NamesAsync(storage))
        {
            await storage.JetStream.DeleteStreamAsync(name);
        }

        await ((NatsConnection)_home!.Link.Home).ReconnectAsync();
        await Eventually.IsTrueAsync(
            async () =>
            {
                try
                {
                    return (await NamesAsync(storage)).Count == 13;
                }
                catch (NatsException)
                {
                    // A question that was on its way when the connection was closed is lost.
                    return false;
                }
            },
            "all streams are there again");
        storage.BridgeId.ShouldBe(id);
    }

    /// <summary>The sidecar's own first look is over, and the next far away: a question that is on its way when the connection is closed is waited for, and one look would take back what the other found.</summary>
    private Task LookedAsync() => Eventually.IsTrue(() => _home!.Get<StorageWatch>().Looks > 0, "the first look");

    private static async Task<List<string>> NamesAsync(IHomeStorage storage)
    {
        var names = new List<string>();
        await foreach (var name in storage.JetStream.ListStreamNamesAsync())
        {
            names.Add(name);
        }

        return names;
    }

    private async Task<IHomeStorage> StartAsync(string prefix = "home", string? folder = null)
    {
        _home = await TestHome.StartAsync(services => services.AddStorage(), program, folder, options => options with { Prefix = prefix });
        var storage = _home.Get<IHomeStorage>();
        await storage.Ready.WaitAsync(Patience);
        return storage;
    }
}
