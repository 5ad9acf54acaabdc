using System.Text;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>One device that publishes too much takes nothing from the others.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class StateSweepTests(string program)
{
    /// <summary>16 MiB of it are for last states, 256 MiB for the telemetry.</summary>
    private const long MaxBytes = 512L << 20;
    private const int Others = 40;
    private const int Flood = 600;
    private const string Evil = "home.devices.sensor.evil.state";

    private static readonly byte[] Large = Encoding.ASCII.GetBytes(new string('1', 65_000));

    private TempFolder _folder = null!;
    private StateHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _folder = new TempFolder();
        _home = await StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _home.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task Keys_that_a_device_has_not_declared_take_nobodys_last_state()
    {
        await OthersAsync(1);
        for (var i = 0; i < Flood; i++)
        {
            await _home.Device.PublishAsync($"{Evil}.k{i}", Large);
            if (i % (Flood / Others) == 0)
            {
                await OtherAsync(i * Others / Flood, 2);
            }
        }

        await _home.Device.PublishAsync($"{Evil}.s0", "3");
        await Eventually.TrueAsync(
            async () => await LastAsync($"{Evil}.s0") == "3" && await BytesAsync() < 1 << 20 && await AllOthersAsync(2),
            "what is too much is removed, what is declared is there");
        (await SubjectsAsync(Evil + ".*")).Count.ShouldBeInRange(2, DeviceLimits.UndeclaredKeys + 1);
        var repair = Repairs("state_budget").ShouldHaveSingleItem();
        repair.Placeholders["device"].ShouldBe("sensor.evil");
        repair.Placeholders["reason"].ShouldContain("not declared");

        await _home.DisposeAsync();
        _home = await StartAsync();
        for (var i = 0; i < Others; i++)
        {
            await _home.IsAsync($"sensor.d{i}.s0", "2");
        }

        Repairs("state_budget").ShouldBeEmpty("what is left is within the budget");
    }

    [Test]
    public async Task Devices_that_nobody_announced_are_left_alone_until_the_stream_is_half_full()
    {
        await OthersAsync(1);
        for (var i = 0; i < 100; i++)
        {
            await _home.Device.PublishAsync($"home.devices.ghost.g{i}.state", Large.AsMemory(0, 20_000).ToArray());
        }

        await Eventually.TrueAsync(async () => (await SubjectsAsync("home.devices.ghost.>")).Count == 100, "all are retained");
        for (var i = 100; i < 700; i++)
        {
            await _home.Device.PublishAsync($"home.devices.ghost.g{i}.state", Large);
        }

        await Eventually.TrueAsync(async () => await BytesAsync() < MaxBytes / 32 / 2, "at most half of the stream is theirs");
        await OthersAsync(2);
        await Eventually.TrueAsync(async () => await AllOthersAsync(2), "the others are there");
    }

    [Test]
    public async Task A_state_that_is_too_large_is_counted_and_named_in_diagnostics_and_a_repair()
    {
        await _home.Device.PublishAsync($"{Evil}.s0", "1");
        await _home.IsAsync("sensor.evil.s0", "1");
        await Eventually.TrueAsync(
            async () =>
            {
                // The connection that looks at sizes may still be on its way.
                await _home.Device.PublishAsync($"{Evil}.s0", new byte[StateFeature.MaxStateBytes + 1]);
                return Repairs("state_too_large").Count == 1;
            },
            "a repair stands");
        Repairs("state_too_large").Single().Placeholders["subject"].ShouldBe($"{Evil}.s0");
        var problem = _home.States.ProblemsOf(new("sensor", "evil")).ShouldHaveSingleItem();
        problem.Path.ShouldBe("s0");
        problem.Message.ShouldContain("65537 bytes");
        _home.StateOf("sensor.evil.s0").ShouldBe("1");
    }

    /// <summary>nats-server 2.9 checks the condition also in the copy, and copies nothing of anybody past it.</summary>
    [TestCase("Nats-Expected-Stream", "HOME_TELEMETRY")]
    [TestCase("Nats-Expected-Last-Subject-Sequence", "0")]
    public async Task A_conditional_message_does_not_stop_the_copying(string header, string value)
    {
        await OthersAsync(1);
        await _home.Device.PublishAsync($"{Evil}.s0", "1");
        await Eventually.TrueAsync(async () => await AllOthersAsync(1), "all is copied");
        var telemetry = await _home.Storage.JetStream.GetStreamAsync("HOME_TELEMETRY");
        await telemetry.PurgeAsync(new StreamPurgeRequest { Filter = $"{Evil}.s0" });

        await _home.Device.PublishAsync($"{Evil}.s0", "2", new NatsHeaders { [header] = value });
        await OthersAsync(2);
        await Eventually.TrueAsync(async () => await AllOthersAsync(2), "the others are copied");
    }

    private async Task<StateHome> StartAsync()
    {
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Sensors("evil", 1));
        for (var i = 0; i < Others; i++)
        {
            registry.Put(InMemoryRegistry.Sensors($"d{i}", 1));
        }

        return await StateHome.StartAsync(registry, program, _folder.Path, maxBytes: MaxBytes);
    }

    private ValueTask OtherAsync(int device, int value) =>
        _home.PublishAsync($"home.devices.sensor.d{device}.state.s0", StateHome.Number(value));

    private async Task OthersAsync(int value)
    {
        for (var i = 0; i < Others; i++)
        {
            await OtherAsync(i, value);
        }
    }

    private async ValueTask<bool> AllOthersAsync(int value)
    {
        for (var i = 0; i < Others; i++)
        {
            if (await LastAsync($"home.devices.sensor.d{i}.state.s0") != StateHome.Number(value))
            {
                return false;
            }
        }

        return true;
    }

    private async Task<string?> LastAsync(string subject)
    {
        var reply = await _home.Home.Link.Home.RequestAsync<byte[], string>($"$JS.API.DIRECT.GET.HOME_STATE.{subject}", []);
        return reply.Headers?.Code == 404 ? null : reply.Data;
    }

    private async Task<long> BytesAsync() => (await _home.Storage.JetStream.GetStreamAsync("HOME_STATE")).Info.State.Bytes;

    private async Task<IReadOnlyCollection<string>> SubjectsAsync(string filter)
    {
        var request = new StreamInfoRequest { SubjectsFilter = filter };
        var stream = await _home.Storage.JetStream.GetStreamAsync("HOME_STATE", request);
        return [.. stream.Info.State.Subjects?.Keys ?? Enumerable.Empty<string>()];
    }

    private List<Repair> Repairs(string key) =>
        [.. _home.Home.Get<IRepairs>().Snapshot().Where(repair => repair.Key == key)];
}
