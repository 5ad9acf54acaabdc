using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Storage.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Hosting;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>Health and repairs of the storage. The account's limit is that of a small server of others.</summary>
public sealed class StorageServiceTests
{
    private const long Limit = 100_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private ShiftedTime _time = null!;
    private StorageParts _parts = null!;
    private NatsJSContext _jetStream = null!;
    private NatsConnection _operator = null!;

    [SetUp]
    public async Task SetUp()
    {
        _server = await NatsServerProcess.StartAsync(new NatsServerOptions
        {
            Version = NatsServerVersion.Newest,
            JetStream = true,
            Config = $$"""
                accounts {
                  HOMES { jetstream { max_file: {{Limit}}, max_mem: 1000000 }, users: [ { user: bridge, password: bridge } ] }
                }
                """,
        });
        var login = new NatsAuthOpts { Username = "bridge", Password = "bridge" };
        _operator = new NatsConnection(new NatsOpts { Url = _server.Url, AuthOpts = login });
        _jetStream = new NatsJSContext(_operator);
        _folder = new TempFolder();
        _time = new ShiftedTime();
        _parts = await StorageParts.OpenAsync(_server.Url, "home", _folder, _time, maxBytes: null);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _parts.DisposeAsync();
        await _operator.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task On_a_server_of_others_the_account_s_limit_is_what_there_is()
    {
        await StartAsync();
        _parts.Service.Report().State.ShouldBe(HealthState.Ok);
        (await _jetStream.GetStreamAsync("HOME_TELEMETRY")).Info.Config.MaxBytes.ShouldBeInRange(Limit * 49 / 100, Limit / 2);
    }

    [Test]
    public async Task Where_there_is_no_room_a_repair_names_the_setting_until_there_is_some()
    {
        await _jetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["greedy.>"]) { MaxBytes = Limit / 2 });
        await _parts.StartAsync();

        await Eventually.TrueAsync(() => Keys().Contains("no_room"), "a repair is shown");
        _parts.Repairs.Single().Placeholders["setting"].ShouldBe("storage.max_bytes");
        _parts.Service.Report().Message!.ShouldContain("--storage-max-bytes");
        _parts.Service.Report().State.ShouldBe(HealthState.Starting);
        _parts.Storage.Identified.IsCompleted.ShouldBeTrue("repairs can be shown");

        await _jetStream.DeleteStreamAsync("GREEDY");
        await _parts.Storage.Ready.WaitAsync(Patience);
        Keys().ShouldBeEmpty();
    }

    [Test]
    public async Task Two_homes_share_a_small_account_by_the_setting()
    {
        await _parts.DisposeAsync();
        _parts = await StorageParts.OpenAsync(_server.Url, "home", _folder, maxBytes: Limit / 2);
        using var folder = new TempFolder();
        await using var other = await StorageParts.OpenAsync(_server.Url, "other", folder, maxBytes: Limit / 2);
        await Task.WhenAll(_parts.EnsureAsync(), other.EnsureAsync());
    }

    [Test]
    public async Task A_setting_that_was_made_smaller_is_taken_over_also_where_everything_is_reserved()
    {
        await StartAsync();
        await _jetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["greedy.>"]) { MaxBytes = Limit / 10 });
        await using var smaller = await StorageParts.OpenAsync(_server.Url, "home", _folder, maxBytes: Limit / 2);
        await smaller.EnsureAsync();
    }

    [Test]
    public async Task A_stream_on_set_is_a_repair_and_degrades_health()
    {
        await StartAsync();
        await _jetStream.CreateStreamAsync(new StreamConfig("GREEDY", ["home.devices.*.*.set"]));
        await _parts.LookAsync();
        _parts.Repairs.Single().Placeholders["streams"].ShouldBe("GREEDY");
        _parts.Service.Report().State.ShouldBe(HealthState.Degraded);

        await _jetStream.DeleteStreamAsync("GREEDY");
        await _parts.LookAsync();
        Keys().ShouldBeEmpty();
        _parts.Service.Report().State.ShouldBe(HealthState.Ok);
    }

    [Test]
    public async Task Four_fifths_of_a_stream_are_a_repair_unless_its_history_reaches_back_a_day()
    {
        await StartAsync();
        foreach (var name in new[] { "HOME_DLQ", "HOME_IMAGES" })
        {
            var stream = await _jetStream.GetStreamAsync(name);
            await stream.UpdateAsync(stream.Info.Config with { MaxBytes = 100_000 });
        }

        (await _jetStream.PublishAsync("home.dlq.test", new byte[85_000])).EnsureSuccess();
        await Stored.PublishAsync(_jetStream, "HOME_IMAGES", "home.devices.camera.door.image.now", new byte[85_000]);
        await _parts.LookAsync();
        _parts.Repairs.Select(repair => repair.Placeholders["stream"]).ShouldBe(["HOME_DLQ", "HOME_IMAGES"], ignoreOrder: true);

        _time.Ahead = TimeSpan.FromHours(25);
        await _parts.LookAsync();
        _parts.Repairs.Single().Id.ShouldBe("stream_nearly_full.HOME_IMAGES", "last values are never to be discarded");
    }

    [Test]
    public async Task A_running_sidecar_stops_when_a_newer_one_has_written()
    {
        await StartAsync();
        await _parts.Storage.Bucket("home_bridge").PutAsync(BridgeIdentity.FormatKey, "2");
        await ((NatsConnection)_parts.JetStream.Connection).ReconnectAsync();
        var stopping = _parts.Get<IHostApplicationLifetime>().ApplicationStopping;
        await Eventually.TrueAsync(() => stopping.IsCancellationRequested, "it stops");
    }

    [Test]
    public async Task A_look_without_an_answer_degrades_health_until_the_next_one()
    {
        await _parts.DisposeAsync();
        await using var line = new TcpProxy(_server.Port);
        var often = new StorageTimings { Look = TimeSpan.FromMilliseconds(100) };
        _parts = await StorageParts.OpenAsync(line.Url, "home", _folder, timings: often);
        await StartAsync();
        line.Silent = true;
        await Eventually.TrueAsync(() => _parts.Service.Report().State == HealthState.Degraded, "a look fails");
        line.Silent = false;
        await Eventually.TrueAsync(() => _parts.Service.Report().State == HealthState.Ok, "the next one is well");
        _parts.Restart.IsRequested.ShouldBeFalse();
    }

    private HashSet<string> Keys() => [.. _parts.Repairs.Select(repair => repair.Key)];

    private async Task StartAsync()
    {
        await _parts.StartAsync();
        await _parts.Storage.Ready.WaitAsync(Patience);
        await Eventually.TrueAsync(() => _parts.Watch.Looks > 0, "the first look is over");
    }
}
