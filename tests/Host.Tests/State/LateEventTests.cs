using System.Collections.Concurrent;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(90_000)]
public sealed class LateEventTests(NatsServerVersion version)
{
    private const string Ring = "home.devices.door.front.event.bell";
    private static readonly DeviceId Door = new("door", "front");

    [TestCase(5, 3)]
    [TestCase(31, 1)]
    public async Task After_an_outage_only_young_events_reach_listeners(int seconds, int delivered, CancellationToken token)
    {
        var options = new NatsServerOptions { Version = version, JetStream = true };
        await using var server = await NatsServerProcess.StartAsync(options, token);
        await using var line = new TcpProxy(server.Port);
        var time = new ShiftedTime();
        var registry = new InMemoryRegistry();
        registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"door","id":"front","name":"Door","entities":[
              {"key":"bell","platform":"event","name":"Bell","event_types":["ring"]}]}
            """));
        await using var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddInMemory(registry).AddSingleton<TimeProvider>(time),
            options: o => o with { Nats = o.Nats with { Url = line.Url } });
        var store = home.Get<IStateStore>();
        await store.Ready.WaitAsync(token);
        var listener = new Listener();
        using var subscription = store.Subscribe(listener);
        await using var bell = new NatsConnection(NatsOpts.Default with { Url = server.Url });
        await RingAsync(bell);
        await Eventually.TrueAsync(() => listener.Events.Count == 1, "the first is delivered");

        line.Refuse = true;
        line.Cut();
        await Eventually.TrueAsync(() => !home.Link.IsUp, "the link is away");
        await RingAsync(bell);
        await RingAsync(bell);
        time.Ahead = TimeSpan.FromSeconds(seconds);
        registry.Signs.Clear();
        line.Refuse = false;
        await Eventually.TrueAsync(() => registry.Signs.Count(id => id == Door) == 2, "both are signs of life, of their age");
        listener.Events.Count.ShouldBe(delivered);
        home.Get<StateMetrics>().LateEvents.ShouldBe(3 - delivered);

        await RingAsync(bell);
        await Eventually.TrueAsync(() => listener.Events.Count == delivered + 1, "a new one is delivered, whatever the clocks");
    }

    private static Task RingAsync(NatsConnection bell) =>
        Stored.PublishAsync(new NatsJSContext(bell), "HOME_DEVICE_EVENTS", Ring, "ring");

    private sealed class Listener : IStateListener
    {
        public ConcurrentQueue<DeviceEvent> Events { get; } = [];

        public void StateChanged(EntityState state)
        {
        }

        public void StateRemoved(EntityId entity)
        {
        }

        public void StatesComplete(DeviceDescription description)
        {
        }

        public void EventsNumbered(string epoch, ulong end)
        {
        }

        public void EventOccurred(DeviceEvent occurred) => Events.Enqueue(occurred);
    }
}
