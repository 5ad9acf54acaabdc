using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class EarlyDisplayTests : IStateListener, IDisposable
{
    private const string S0 = "home.devices.sensor.hall.state.s0";
    private const string S1 = "home.devices.sensor.hall.state.s1";
    private const string All = "home.devices.sensor.hall.state";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private FakeTimeProvider _time = null!;
    private StateMetrics _metrics = null!;
    private StateStore _store = null!;
    private List<string> _calls = null!;
    private ulong _sequence;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _calls = [];
        _sequence = 0;
        _metrics = new StateMetrics(_services.GetRequiredService<IMeterFactory>());
        var home = new HomeLayout(new HomeNames("home"), new HomeSubjects("home"));
        _store = new StateStore(home, _time, _metrics, NullLogger<StateStore>.Instance);
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Sensors("hall", 2), 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        Stored(All, """{"s0": 0, "s1": 0}""");
        _store.Subscribe(this);
        _calls.Clear();
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _metrics.Dispose();
    }

    public void Dispose() => _services.Dispose();

    [Test]
    public void A_state_is_calls_when_it_is_heard_and_not_again_when_it_is_stored()
    {
        Received(S0, "1");
        _calls.ShouldBe(["s0=1 early", "passed"]);
        Stored(S0, "1");
        _calls.ShouldBe(["s0=1 early", "passed"]);
        SequenceOf("s0").ShouldBe((2UL, false));
    }

    [Test]
    public void A_forced_repetition_is_calls_once_each_time()
    {
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Describe("""
                {"schema":1,"type":"sensor","id":"hall","name":"H","entities":[
                  {"key":"s0","platform":"sensor","name":"S","state_class":"measurement","force_update":true}]}
                """),
            2,
            new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        _calls.Clear();
        for (var i = 0; i < 2; i++)
        {
            Received(S0, "1");
            Stored(S0, "1");
        }

        _calls.ShouldBe(["s0=1 early", "passed", "s0=1 early", "passed"]);
    }

    [Test]
    public void What_comes_behind_another_message_waits_for_the_stream()
    {
        Received(S0, "1");
        Received(S0, "2");
        Received(S1, "3");
        _calls.ShouldBe(["s0=1 early", "passed"]);
        Stored(S0, "1");
        Stored(S0, "2");
        Stored(S1, "3");
        _calls.ShouldBe(["s0=1 early", "passed", "s0=2", "s1=3"]);
        Received(S1, "4");
        _calls[^2..].ShouldBe(["s1=4 early", "passed"], "the stream is level again");
    }

    [Test]
    public void A_snapshot_is_calls_as_a_whole()
    {
        Received(All, """{"s0": 5}""");
        _calls.ShouldBe(["s0=5 early", "s1=null early", "passed"], ignoreOrder: true);
        Stored(All, """{"s0": 5}""");
        _calls.Count.ShouldBe(3);
    }

    [Test]
    public void What_the_stream_has_in_another_order_ends_as_the_stream_has_it()
    {
        Received(S0, "1");
        Received(S0, "2");
        Stored(S0, "2");
        Stored(S0, "1");
        ValueOf("s0").ShouldBe("1");
    }

    [Test]
    public void What_is_never_stored_is_rolled_back()
    {
        Received(S0, "9");
        ValueOf("s0").ShouldBe("9");
        _time.Advance(TimeSpan.FromSeconds(5));
        ValueOf("s0").ShouldBe("0");
        _calls.ShouldBe(["s0=9 early", "passed", "s0=0"]);

        _calls.Clear();
        Received(S1, "1");
        _calls.ShouldBeEmpty("a stream that stores nothing is waited for");
        Stored(S1, "1");
        Received(S1, "2");
        _calls.ShouldBe(["s1=1", "s1=2 early", "passed"], "the stream delivers again");
    }

    [Test]
    public void A_state_of_which_nothing_is_stored_is_rolled_back_to_none()
    {
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Sensors("new", 1), 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        Received("home.devices.sensor.new.state.s0", "1");
        _calls.Clear();
        _store.ConnectionLost();
        _calls.ShouldBe(["s0 gone"]);
    }

    [Test]
    public void A_lost_connection_rolls_back_and_ends_early_display_until_the_stream_is_read()
    {
        Received(S0, "1");
        _store.ConnectionLost();
        ValueOf("s0").ShouldBe("0");
        Received(S0, "2");
        ValueOf("s0").ShouldBe("0");
        Stored(S0, "1", isLast: false);
        Received(S0, "3");
        ValueOf("s0").ShouldBe("1");
        Stored(S0, "2");
        Received(S1, "4");
        ValueOf("s1").ShouldBe("4");
    }

    [Test]
    public void Wrong_values_are_judged_when_they_are_stored()
    {
        Received(S0, "warm");
        _calls.ShouldBeEmpty();
        Stored(S0, "warm");
        _calls.ShouldBe(["s0=null"]);
        _store.ProblemsOf(new DeviceId("sensor", "hall")).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Test]
    public void Foreign_subjects_do_not_end_early_display()
    {
        Received("home.devices.sensor.b@d.state.s0", "1");
        Received("home.devices.sensor.hall.state.unheard_of", "1");
        Stored("home.devices.sensor.hall.state.unheard_of", "1");
        Received(S0, "1");
        _calls.ShouldBe(["s0=1 early", "passed"]);
    }

    [TestCaseSource(typeof(NatsServers), nameof(NatsServers.Both))]
    public async Task Lonely_states_of_a_real_device_are_displayed_early_and_end_as_in_the_stream(string program)
    {
        await using var home = await StateHome.StartAsync(program: program);
        home.Registry.Put(InMemoryRegistry.Sensors("hall", 2));
        await using var listener = await home.ListenAsync();

        // The client holds subscriptions weakly.
        GC.Collect();
        var last = 0;
        await Eventually.IsTrueAsync(
            async () =>
            {
                // On a busy machine the stream is often first, and the count of what is on its way starts anew after three
                // seconds.
                last += 2;
                foreach (var number in (int[])[last - 1, last])
                {
                    var key = $"s{number % 2}";
                    await home.PublishAsync($"home.devices.sensor.hall.state.{key}", StateHome.Number(number));
                    await home.IsAsync($"sensor.hall.{key}", StateHome.Number(number));
                    await Eventually.IsTrue(() => !IsEarly(home, key), "the stream confirms it");
                }

                return home.Home.Get<StateStore>().Early!.Count > 25;
            },
            "states are displayed early");

        await listener.UntilAsync(
            v => v.States.GetValueOrDefault("sensor.hall.s0") == $"{last}"
                && v.States.GetValueOrDefault("sensor.hall.s1") == $"{last - 1}",
            "the client has both last values");
    }

    [TestCaseSource(typeof(NatsServers), nameof(NatsServers.Both))]
    public async Task A_subscription_that_could_not_be_opened_leaves_no_message_counted_twice(string program)
    {
        await using var home = await TestHome.StartAsync(program: program);
        var connection = FailsOnce.Behind(home.Link.Home, failing: 2);
        var early = _store.Early!;
        await Should.ThrowAsync<NatsException>(() => early.OpenAsync(connection, [All, S0], CancellationToken.None).AsTask());
        await early.OpenAsync(connection, [All, S0], CancellationToken.None);
        await early.OpenAsync(connection, [All, S0], CancellationToken.None);

        foreach (var (subject, payload) in new[] { (All, """{"s0": 1, "s1": 1}"""), (S0, "2"), (All, """{"s0": 3, "s1": 3}""") })
        {
            _calls.Clear();
            await home.Link.Home.PublishAsync(subject, payload);
            await home.Link.Home.PingAsync();
            _calls.ShouldContain("passed", $"{payload} is received");
            Stored(subject, payload);
        }
    }

    void IStateListener.StateChanged(EntityState state) =>
        _calls.Add($"{state.Entity.Key}={Encoding.UTF8.GetString(state.Value.Span)}{(state.IsEarly ? " early" : "")}");

    void IStateListener.StateRemoved(EntityId entity) => _calls.Add($"{entity.Key} gone");

    void IStateListener.EventsNumbered(string epoch, ulong end) => _calls.Add("numbered");

    void IStateListener.EventOccurred(DeviceEvent occurred) => _calls.Add("event");

    void IStateListener.EarlyStatesPassed() => _calls.Add("passed");

    private static bool IsEarly(StateHome home, string key) =>
        home.States.TryGet(new EntityId(new DeviceId("sensor", "hall"), key), out var state) && state.IsEarly;

    private void Received(string subject, string payload) =>
        _store.Early!.Received(subject, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(payload)), mayDisplay: true);

    private void Stored(string subject, string payload, bool isLast = true) =>
        _store.Follow(
            new StateMessage { Subject = subject, Payload = Encoding.UTF8.GetBytes(payload), Sequence = ++_sequence }, isLast);

    private string? ValueOf(string key) =>
        _store.TryGet(IdOf(key), out var state) ? Encoding.UTF8.GetString(state.Value.Span) : null;

    private (ulong Sequence, bool IsEarly) SequenceOf(string key) =>
        _store.TryGet(IdOf(key), out var state) ? (state.StreamSequence, state.IsEarly) : default;

    private static EntityId IdOf(string key) => new(new DeviceId("sensor", "hall"), key);
}
