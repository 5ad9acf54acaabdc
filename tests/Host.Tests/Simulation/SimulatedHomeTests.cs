using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Simulation;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Simulation;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class SimulatedHomeTests(string program)
{
    private const int Count = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, int> _announced = new();
    private TestHome _home = null!;
    private INatsSub<string> _states = null!;
    private Task _registry = Task.CompletedTask;
    private CancellationTokenSource _stop = null!;

    [SetUp]
    public async Task SetUp()
    {
        _announced.Clear();
        _stop = new CancellationTokenSource();
        _home = await TestHome.StartAsync(
            services => services.AddSimulation(), program, options: options => options with { Simulate = Count });

        // Before anybody is answered, and so before the first state.
        _states = await _home.Link.Home.SubscribeCoreAsync<string>("home.devices.*.*.state");
        await _home.Link.Home.PingAsync();
        _registry = AnswerAnnouncementsAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _stop.CancelAsync();
        await _registry;
        await _states.UnsubscribeAsync();
        await _home.DisposeAsync();
        _stop.Dispose();
    }

    [Test]
    public async Task Every_device_announces_itself_and_publishes_its_state()
    {
        var seen = new HashSet<string>();
        using var limit = new CancellationTokenSource(Patience);
        while (seen.Count < Count)
        {
            seen.Add((await _states.Msgs.ReadAsync(limit.Token)).Subject);
        }

        await Eventually.TrueAsync(() => _announced.Count == Count, "all are announced");
    }

    [Test]
    public async Task A_command_changes_the_state_before_it_is_answered()
    {
        await Eventually.TrueAsync(() => _announced.ContainsKey("lamp.sim_1"), "the lamp is there");
        await using var states = await _home.Link.Home.SubscribeCoreAsync<string>("home.devices.lamp.sim_1.state.light");
        await _home.Link.Home.PingAsync();
        var answer = await _home.Link.Home.RequestAsync<string, string>(
            "home.devices.lamp.sim_1.set",
            """{"schema": 1, "id": "a", "entity": "light", "action": "turn_on", "params": {"brightness": 7}}""");

        answer.Data.ShouldNotBeNull().ShouldContain("\"ok\":true");
        states.Msgs.TryRead(out var state).ShouldBeTrue("the state came before the answer");
        state.Data.ShouldNotBeNull().ShouldContain("\"brightness\":7");
    }

    [Test]
    public async Task A_pressed_doorbell_rings()
    {
        await Eventually.TrueAsync(() => _announced.ContainsKey("doorbell.sim_5"), "the doorbell is there");
        await using var events = await _home.Link.Home.SubscribeCoreAsync<string>("home.devices.doorbell.sim_5.event.doorbell");
        await _home.Link.Home.PingAsync();
        await _home.Link.Home.RequestAsync<string, string>(
            "home.devices.doorbell.sim_5.set", """{"schema": 1, "id": "b", "entity": "test", "action": "press", "params": {}}""");

        using var limit = new CancellationTokenSource(Patience);
        (await events.Msgs.ReadAsync(limit.Token)).Data.ShouldBe("""{"event_type":"ring"}""");
    }

    [Test]
    public async Task Who_asks_for_announcements_gets_them_again()
    {
        await Eventually.TrueAsync(() => _announced.Count == Count, "all are there");
        await _home.Link.Home.PublishAsync(new HomeSubjects("home").DiscoveryRequest, "");
        await Eventually.TrueAsync(() => _announced.Values.Any(times => times > 1), "some announce again");
    }

    private async Task AnswerAnnouncementsAsync()
    {
        try
        {
            var announcements = _home.Link.Home.SubscribeAsync<byte[]>("home.discovery.announce", cancellationToken: _stop.Token);
            await foreach (var message in announcements)
            {
                using var json = System.Text.Json.JsonDocument.Parse(message.Data);
                var name = $"{json.RootElement.GetProperty("type").GetString()}.{json.RootElement.GetProperty("id").GetString()}";
                _announced.AddOrUpdate(name, 1, (_, times) => times + 1);
                await message.ReplyAsync("""{"ok":true,"revision":1}""");
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
            return;
        }
    }
}
