using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

/// <summary><c>expire_after</c> counts from the time at which the stream stored the message, over restarts too.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class StateAgeTests(string program)
{
    private const string Unavailable = "\"unavailable\"";
    private const string Published = "home.devices.sensor.aged.state";

    private ShiftedTime _time = null!;
    private InMemoryRegistry _registry = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new ShiftedTime();
        _registry = new InMemoryRegistry();
    }

    [Test]
    public async Task A_state_that_expired_while_no_sidecar_ran_does_not_come_back()
    {
        using var folder = new TempFolder();
        Announce(60, 3_600);
        await using (var first = await StartAsync(folder))
        {
            await first.PublishAsync(Published, """{"s0": 1, "s1": 2}""");
            await first.IsAsync("sensor.aged.s1", "2");
        }

        _time.Ahead = TimeSpan.FromSeconds(61);
        await using var second = await StartAsync(folder);
        second.StateOf("sensor.aged.s0").ShouldBe(Unavailable);
        second.StateOf("sensor.aged.s1").ShouldBe("2");

        // An hour since it was published, not since the restart.
        _time.Ahead = TimeSpan.FromSeconds(3_601);
        await second.IsAsync("sensor.aged.s1", Unavailable);
        await second.PublishAsync(Published, """{"s0": 1, "s1": 2}""");
        await second.IsAsync("sensor.aged.s1", "2");
        second.StateOf("sensor.aged.s0").ShouldBe("1");
    }

    [Test]
    public async Task A_state_that_expired_does_not_come_back_when_the_states_are_copied_anew()
    {
        using var folder = new TempFolder();
        Announce(1);
        await using (var first = await StartAsync(folder))
        {
            await first.PublishAsync(Published, """{"s0": 1}""");
            await first.IsAsync("sensor.aged.s0", "1");
            await first.IsAsync("sensor.aged.s0", Unavailable);
            await first.Storage.JetStream.DeleteStreamAsync(first.Storage.Names.StateStream);
        }

        await using var second = await StartAsync(folder);
        second.StateOf("sensor.aged.s0").ShouldBe(Unavailable);
    }

    [Test]
    public async Task The_age_of_a_copy_is_that_of_its_message()
    {
        Announce(1);
        await using var home = await StartAsync();
        var sequence = await ExpireAsync(home, "s0");

        ReadCopy(home, "s0", sequence);
        home.StateOf("sensor.aged.s0").ShouldBe("1");
        await home.Home.Get<StoredTimes>().LookUpAsync(CancellationToken.None);
        home.StateOf("sensor.aged.s0").ShouldBe(Unavailable);
        home.Home.Get<StateStore>().Copies.ShouldBeEmpty();
    }

    [Test]
    public async Task A_copy_whose_message_is_gone_is_at_least_as_old_as_the_next_message()
    {
        Announce(1, 1);
        await using var home = await StartAsync();
        var sequence = await ExpireAsync(home, "s0");
        var next = await ExpireAsync(home, "s1");
        await PurgeAsync(home, next);

        ReadCopy(home, "s0", sequence);
        await home.Home.Get<StoredTimes>().LookUpAsync(CancellationToken.None);
        home.StateOf("sensor.aged.s0").ShouldBe(Unavailable);
    }

    [Test]
    public async Task A_copy_of_which_nothing_else_is_known_lasts_from_its_own_time_on()
    {
        Announce(1);
        await using var home = await StartAsync();
        var sequence = await ExpireAsync(home, "s0");
        await PurgeAsync(home, sequence + 1);

        ReadCopy(home, "s0", sequence);
        await home.Home.Get<StoredTimes>().LookUpAsync(CancellationToken.None);
        home.StateOf("sensor.aged.s0").ShouldBe("1");
        home.Home.Get<StateStore>().Copies.ShouldBeEmpty();
        await home.IsAsync("sensor.aged.s0", Unavailable);
    }

    [Test]
    public async Task A_first_announcement_brings_no_state_that_is_older_than_it_may_be()
    {
        await using var home = await StartAsync();
        await home.PublishAsync(Published, """{"s0": 1, "s1": 2}""");
        home.Registry.Put(InMemoryRegistry.Sensors("other", 1));
        await home.PublishAsync("home.devices.sensor.other.state.s0", "1");
        await home.IsAsync("sensor.other.s0", "1");

        _time.Ahead = TimeSpan.FromSeconds(61);
        Announce(60, 3_600);
        await home.IsAsync("sensor.aged.s1", "2");
        home.StateOf("sensor.aged.s0").ShouldBe(Unavailable);
    }

    private static async Task<ulong> ExpireAsync(StateHome home, string key)
    {
        await home.PublishAsync($"{Published}.{key}", "1");
        await home.IsAsync($"sensor.aged.{key}", "1");
        await home.IsAsync($"sensor.aged.{key}", Unavailable);
        home.States.TryGet(new EntityId(new DeviceId("sensor", "aged"), key), out var state).ShouldBeTrue();
        return state!.StreamSequence;
    }

    /// <summary>A copy that was made just now.</summary>
    private static void ReadCopy(StateHome home, string key, ulong sequence) => home.Home.Get<StateStore>().Apply(
        new StateMessage { Subject = $"{Published}.{key}", Payload = "1"u8, Sequence = sequence, IsCopy = true });

    /// <summary>Removes what HOME_TELEMETRY has before the sequence.</summary>
    private static async Task PurgeAsync(StateHome home, ulong sequence)
    {
        var stream = await home.Storage.JetStream.GetStreamAsync(home.Storage.Names.TelemetryStream);
        await stream.PurgeAsync(new StreamPurgeRequest { Seq = sequence });
    }

    private Task<StateHome> StartAsync(TempFolder? folder = null) =>
        StateHome.StartAsync(_registry, program, folder?.Path, _time);

    private void Announce(params int[] expireAfter)
    {
        var entities = expireAfter.Select((seconds, i) =>
            $$"""{"key":"s{{i}}","platform":"sensor","name":"S","state_class":"measurement","expire_after":{{seconds}}}""");
        _registry.Put(InMemoryRegistry.Describe(
            $$"""{"schema":1,"type":"sensor","id":"aged","name":"A","entities":[{{string.Join(",", entities)}}]}"""));
    }
}
