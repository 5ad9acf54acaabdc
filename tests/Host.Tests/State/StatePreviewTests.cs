using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class StatePreviewTests : IStateListener, IDisposable
{
    private const string S0 = "home.devices.sensor.hall.state.s0";
    private const string S1 = "home.devices.sensor.hall.state.s1";
    private const string All = "home.devices.sensor.hall.state";

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private FakeTimeProvider _time = null!;
    private StateMetrics _metrics = null!;
    private StateStore _store = null!;
    private List<string> _told = null!;
    private ulong _sequence;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _told = [];
        _sequence = 0;
        _metrics = new StateMetrics(_services.GetRequiredService<IMeterFactory>());
        _store = new StateStore(_time, new HomeSubjects("home"), _metrics, NullLogger<StateStore>.Instance);
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Sensors("hall", 2), 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        Stored(All, """{"s0": 0, "s1": 0}""");
        _store.Subscribe(this);
        _told.Clear();
    }

    [TearDown]
    public void TearDown()
    {
        _store.Dispose();
        _metrics.Dispose();
    }

    public void Dispose() => _services.Dispose();

    [Test]
    public void A_state_is_told_when_it_is_heard_and_not_again_when_it_is_stored()
    {
        Heard(S0, "1");
        _told.ShouldBe(["s0=1 ahead", "now"]);
        Stored(S0, "1");
        _told.ShouldBe(["s0=1 ahead", "now"]);
        SequenceOf("s0").ShouldBe((2UL, false));
    }

    [Test]
    public void A_forced_repetition_is_told_once_each_time()
    {
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Describe(
                """{"schema":1,"type":"sensor","id":"hall","name":"H","entities":[{"key":"s0","platform":"sensor","name":"S","state_class":"measurement","force_update":true}]}"""),
            2,
            new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        _told.Clear();
        for (var i = 0; i < 2; i++)
        {
            Heard(S0, "1");
            Stored(S0, "1");
        }

        _told.ShouldBe(["s0=1 ahead", "now", "s0=1 ahead", "now"]);
    }

    [Test]
    public void What_comes_behind_another_message_waits_for_the_stream()
    {
        Heard(S0, "1");
        Heard(S0, "2");
        Heard(S1, "3");
        _told.ShouldBe(["s0=1 ahead", "now"]);
        Stored(S0, "1");
        Stored(S0, "2");
        Stored(S1, "3");
        _told.ShouldBe(["s0=1 ahead", "now", "s0=2", "s1=3"]);
        Heard(S1, "4");
        _told[^2..].ShouldBe(["s1=4 ahead", "now"], "the short way is open again");
    }

    [Test]
    public void A_snapshot_is_told_as_a_whole()
    {
        Heard(All, """{"s0": 5}""");
        _told.ShouldBe(["s0=5 ahead", "s1=null ahead", "now"], ignoreOrder: true);
        Stored(All, """{"s0": 5}""");
        _told.Count.ShouldBe(3);
    }

    [Test]
    public void What_the_stream_has_in_another_order_ends_as_the_stream_has_it()
    {
        Heard(S0, "1");
        Heard(S0, "2");
        Stored(S0, "2");
        Stored(S0, "1");
        ValueOf("s0").ShouldBe("1");
    }

    [Test]
    public void What_is_never_stored_is_taken_back()
    {
        Heard(S0, "9");
        ValueOf("s0").ShouldBe("9");
        _time.Advance(TimeSpan.FromSeconds(5));
        ValueOf("s0").ShouldBe("0");
        _told.ShouldBe(["s0=9 ahead", "now", "s0=0"]);

        _told.Clear();
        Heard(S1, "1");
        _told.ShouldBeEmpty("a stream that stores nothing is not run ahead of");
        Stored(S1, "1");
        Heard(S1, "2");
        _told.ShouldBe(["s1=1", "s1=2 ahead", "now"], "the stream speaks, so the short way is open again");
    }

    [Test]
    public void A_state_of_which_nothing_is_stored_is_taken_back_to_none()
    {
        _store.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Sensors("new", 1), 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
        Heard("home.devices.sensor.new.state.s0", "1");
        _told.Clear();
        _store.ClosePreview();
        _told.ShouldBe(["s0 gone"]);
    }

    [Test]
    public void A_lost_connection_takes_back_and_closes_the_short_way_until_the_stream_is_read()
    {
        Heard(S0, "1");
        _store.ClosePreview();
        ValueOf("s0").ShouldBe("0");
        Heard(S0, "2");
        ValueOf("s0").ShouldBe("0");
        Stored(S0, "1", isLast: false);
        Heard(S0, "3");
        ValueOf("s0").ShouldBe("1");
        Stored(S0, "2");
        Heard(S1, "4");
        ValueOf("s1").ShouldBe("4");
    }

    [Test]
    public void Wrong_values_are_judged_when_they_are_stored()
    {
        Heard(S0, "warm");
        _told.ShouldBeEmpty();
        Stored(S0, "warm");
        _told.ShouldBe(["s0=null"]);
        _store.ProblemsOf(new DeviceId("sensor", "hall")).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Test]
    public void Foreign_subjects_do_not_close_the_short_way()
    {
        Heard("home.devices.sensor.b@d.state.s0", "1");
        Heard("home.devices.sensor.hall.state.unheard_of", "1");
        Stored("home.devices.sensor.hall.state.unheard_of", "1");
        Heard(S0, "1");
        _told.ShouldBe(["s0=1 ahead", "now"]);
    }

    [TestCaseSource(typeof(NatsServers), nameof(NatsServers.Both))]
    public async Task Lonely_states_of_a_real_device_take_the_short_way_and_end_in_the_stream(string program)
    {
        await using var home = await StateHome.StartAsync(program: program);
        home.Registry.Put(InMemoryRegistry.Sensors("hall", 2));
        await using var listener = await home.ListenAsync();

        // What nobody holds is gone now.
        GC.Collect();
        var last = 0;
        await Eventually.IsTrueAsync(
            async () =>
            {
                // On a busy machine the stream is often first, and the count of what is on its way starts anew after three seconds.
                last += 2;
                foreach (var number in (int[])[last - 1, last])
                {
                    var key = $"s{number % 2}";
                    await home.PublishAsync($"home.devices.sensor.hall.state.{key}", StateHome.Number(number));
                    await home.IsAsync($"sensor.hall.{key}", StateHome.Number(number));
                    await Eventually.IsTrue(() => !IsAhead(home, key), "the stream confirms it");
                }

                return home.Home.Get<StateStore>().Previews > 25;
            },
            "states are displayed early");

        await listener.UntilAsync(
            v => v.States.GetValueOrDefault("sensor.hall.s0") == $"{last}" && v.States.GetValueOrDefault("sensor.hall.s1") == $"{last - 1}",
            "the client has both last values");
    }

    [TestCaseSource(typeof(NatsServers), nameof(NatsServers.Both))]
    public async Task A_subscription_that_could_not_be_opened_leaves_no_message_heard_twice(string program)
    {
        await using var home = await TestHome.StartAsync(program: program);
        var connection = FailsOnce.Behind(home.Link.Home, failing: 2);
        var previews = new StatePreviews(connection, [All, S0], _store);
        await Should.ThrowAsync<NatsException>(() => previews.OpenAsync(CancellationToken.None).AsTask());
        await previews.OpenAsync(CancellationToken.None);
        await previews.OpenAsync(CancellationToken.None);

        foreach (var (subject, payload) in new[] { (All, """{"s0": 1, "s1": 1}"""), (S0, "2"), (All, """{"s0": 3, "s1": 3}""") })
        {
            _told.Clear();
            await home.Link.Home.PublishAsync(subject, payload);
            await home.Link.Home.PingAsync();
            _told.ShouldContain("now", $"{payload} is heard, and the way is free");
            Stored(subject, payload);
        }
    }

    void IStateListener.StateChanged(EntityState state) =>
        _told.Add($"{state.Entity.Key}={Encoding.UTF8.GetString(state.Value.Span)}{(state.IsAhead ? " ahead" : "")}");

    void IStateListener.StateRemoved(EntityId entity) => _told.Add($"{entity.Key} gone");

    void IStateListener.EventsNumbered(string epoch, ulong last, ulong end) => _told.Add("numbered");

    void IStateListener.EventOccurred(DeviceEvent occurred) => _told.Add("event");

    void IStateListener.AheadTold() => _told.Add("now");

    private static bool IsAhead(StateHome home, string key) =>
        home.States.TryGet(new EntityId(new DeviceId("sensor", "hall"), key), out var state) && state.IsAhead;

    private void Heard(string subject, string payload) =>
        _store.Preview(subject, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(payload)), mayShow: true);

    private void Stored(string subject, string payload, bool isLast = true) =>
        _store.Follow(subject, Encoding.UTF8.GetBytes(payload), removed: false, ++_sequence, isLast);

    private string? ValueOf(string key) =>
        _store.TryGet(new EntityId(new DeviceId("sensor", "hall"), key), out var state) ? Encoding.UTF8.GetString(state.Value.Span) : null;

    private (ulong Sequence, bool IsAhead) SequenceOf(string key) =>
        _store.TryGet(new EntityId(new DeviceId("sensor", "hall"), key), out var state) ? (state.StreamSequence, state.IsAhead) : default;
}
