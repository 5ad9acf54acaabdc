using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class StateUnderFloodTests(string program)
{
    private const int Devices = 10;
    private const int Entities = 50;

    [Test]
    public async Task No_last_value_is_wrong_when_the_server_is_killed_in_the_middle_of_a_flood()
    {
        var registry = Registry();
        await using var home = await StateHome.StartAsync(registry, program);
        await using var listener = await home.ListenAsync();
        var flood = FloodAsync(home, rounds: 40, pauseAt: 20, () => home.KillServer());
        await flood;

        await AllAreAsync(home, await LastRoundAsync(home));
        await listener.UntilAsync(v => Wrong(v.States) == 0, "the client shows every last value");

        int Wrong(Dictionary<string, string> states) => Keys().Count(k => states.GetValueOrDefault(k) != home.StateOf(k));
    }

    [Test]
    public async Task No_last_value_is_wrong_when_a_sidecar_starts_into_a_flood()
    {
        using var folder = new TempFolder();
        var registry = Registry();
        await using var first = await StateHome.StartAsync(registry, program, folder.Path);
        using var end = new CancellationTokenSource();
        var flood = FloodUntilAsync(first, end.Token);
        await using var second = await StateHome.BesideAsync(first, registry);
        await end.CancelAsync();
        var last = await flood;
        await AllAreAsync(second, last);
        await AllAreAsync(first, last);
    }

    private static InMemoryRegistry Registry()
    {
        var registry = new InMemoryRegistry();
        for (var d = 0; d < Devices; d++)
        {
            registry.Put(InMemoryRegistry.Sensors($"d{d}", Entities));
        }

        return registry;
    }

    private static IEnumerable<string> Keys() =>
        Enumerable.Range(0, Devices).SelectMany(d => Enumerable.Range(0, Entities).Select(e => $"sensor.d{d}.s{e}"));

    private static async Task FloodAsync(StateHome home, int rounds, int pauseAt, Action interrupt)
    {
        for (var round = 0; round < rounds; round++)
        {
            if (round == pauseAt)
            {
                interrupt();
            }

            await RoundAsync(home, round);
        }
    }

    private static async Task<int> FloodUntilAsync(StateHome home, CancellationToken cancellationToken)
    {
        var round = 0;
        while (!cancellationToken.IsCancellationRequested || round < 5)
        {
            await RoundAsync(home, ++round);

            // As fast as the server stores, no faster: what it drops cannot be shown.
            await home.Device.PingAsync(CancellationToken.None);
            await Eventually.TrueAsync(() => home.StateOf("sensor.d0.s0") == StateHome.Number(round), "the first sidecar keeps up");
        }

        return round;
    }

    private static async Task RoundAsync(StateHome home, int round)
    {
        for (var d = 0; d < Devices; d++)
        {
            for (var e = 0; e < Entities; e++)
            {
                await home.PublishAsync($"home.devices.sensor.d{d}.state.s{e}", StateHome.Number(round));
            }
        }
    }

    /// <summary>
    /// Publishes a last round that is certain to be stored (what a killed server never received cannot be known).
    /// </summary>
    private static async Task<int> LastRoundAsync(StateHome home)
    {
        const int Last = 1_000_000;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await home.Device.PingAsync(new CancellationTokenSource(TimeSpan.FromSeconds(1)).Token);
                    return true;
                }
                catch (Exception e) when (e is NatsException or OperationCanceledException)
                {
                    return false;
                }
            },
            "the device is connected again");
        await RoundAsync(home, Last);
        await home.Device.PingAsync();
        return Last;
    }

    private static async Task AllAreAsync(StateHome home, int round)
    {
        var expected = StateHome.Number(round);
        await Eventually.TrueAsync(() => Keys().All(k => home.StateOf(k) == expected), $"every last value is {expected}");
        Keys().Count(k => home.StateOf(k) != expected).ShouldBe(0);
    }
}
