using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>What is read from the streams when devices are announced, and what still counts as an orphan.</summary>
public sealed class OrphanFetchTests
{
    private ShiftedTime _time = null!;
    private StateHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _time = new ShiftedTime();
        _home = await StateHome.StartAsync(time: _time);
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [Test]
    public async Task A_key_that_is_declared_later_is_no_orphan_any_more()
    {
        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 1));
        await _home.PublishAsync("home.devices.sensor.hall.state.s1", "2");
        await _home.PublishAsync("home.devices.sensor.hall.state.s0", "1");
        await _home.IsAsync("sensor.hall.s0", "1");

        _home.Registry.Put(InMemoryRegistry.Sensors("hall", 2));
        await _home.IsAsync("sensor.hall.s1", "2");
        _time.Ahead = TimeSpan.FromMinutes(2);
        _home.Home.Get<StateStore>().Size.Orphans.ShouldBe(0);
    }

    [Test]
    public async Task With_more_orphans_than_are_retained_a_first_announcement_leaves_none_behind()
    {
        var store = _home.Home.Get<StateStore>();
        await _home.PublishAsync("home.devices.sensor.late.health", """{"rssi": -50}""");
        await _home.PublishAsync("home.devices.sensor.late.state.s0", "4");
        await Eventually.TrueAsync(() => _home.Home.Get<StateMetrics>().Messages == 2, "both are read");
        _time.Ahead = TimeSpan.FromMinutes(2);
        store.Size.Orphans.ShouldBe(2);
        for (var i = 0; i <= Orphans.Most; i++)
        {
            store.Apply(new StateMessage { Subject = $"home.devices.sensor.x{i}.state", Payload = "1"u8, Sequence = 0 });
        }

        _home.Registry.Put(InMemoryRegistry.Sensors("late", 1));
        await _home.IsAsync("sensor.late.s0", "4");
        await _home.IsAsync("sensor.late.health_rssi", "-50");
        _time.Ahead *= 2;
        store.Size.Orphans.ShouldBe(Orphans.Most - 2, "two have found their device");
    }
}
