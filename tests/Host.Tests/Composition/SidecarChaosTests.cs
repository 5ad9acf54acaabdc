using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>
/// A sidecar whose way to a real nats-server is bad, under traffic of all kinds: announcements, states and commands go on while
/// the way is cut, silent, slow and in pieces, or the server is killed. Whatever was stored meanwhile is there afterwards, and no
/// command was executed twice.
/// </summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(180_000)]
public sealed class SidecarChaosTests(NatsServerVersion version)
{
    private const int Times = 3;
    private const int StatesBetween = 40;
    private const int Sensors = 5;

    private static readonly DeviceId Lamp = new("light", "lamp");
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Some 500 states and 100 announcements a second: far more than a home has, and less than the slow way takes.
    /// </summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    private readonly ConcurrentDictionary<string, int> _executed = new();
    private readonly ConcurrentQueue<CommandOutcome> _outcomes = new();
    private readonly ConcurrentQueue<string> _announced = new();
    private readonly int[] _stored = new int[Sensors];
    private int _states;

    [SetUp]
    public void Forget()
    {
        _executed.Clear();
        _outcomes.Clear();
        _announced.Clear();
        Array.Clear(_stored);
        _states = 0;
    }

    [Test]
    public Task Nothing_stored_is_lost_when_the_way_is_cut(CancellationToken token) => SurviveAsync(
        (_, line) =>
        {
            line.Cut();
            return Task.CompletedTask;
        },
        token);

    [Test]
    public Task Nothing_stored_is_lost_when_the_way_is_silent(CancellationToken token) => SurviveAsync(
        async (_, line) =>
        {
            var before = _outcomes.Count;
            line.Silent = true;
            await Eventually.TrueAsync(() => _outcomes.Count >= before + 2, "commands find no way", Long);
            line.Silent = false;
        },
        token);

    [Test]
    public Task Nothing_stored_is_lost_when_the_way_is_slow_and_in_pieces(CancellationToken token) => SurviveAsync(
        (_, line) =>
        {
            line.Fragment = 1009;
            line.Delay = TimeSpan.FromMilliseconds(1);
            return Task.CompletedTask;
        },
        token);

    [Test]
    public Task Nothing_stored_is_lost_when_the_server_is_killed(CancellationToken token) =>
        SurviveAsync((server, _) => server.RestartAsync(token), token);

    private async Task SurviveAsync(Func<NatsServerProcess, TcpProxy, Task> trouble, CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(
            new NatsServerOptions { Version = version, JetStream = true }, token);
        await using var line = new TcpProxy(server.Port);
        await using var home = await TestHome.StartAsync(
            static services => services.AddStorage().AddHomeDevices().AddState().AddCommands().AddPictures(),
            options: o => o with { Nats = o.Nats with { Url = line.Url } });
        await using var lamp = await TestDevice.ConnectAsync(server.Url, Lamp);
        await using var sets = await lamp.Connection.SubscribeCoreAsync<byte[]>(
            $"home.devices.{Lamp}.set", cancellationToken: token);
        var answering = AnswerAsync(sets);
        await home.Get<IStateStore>().Ready.WaitAsync(Long, token);
        await Eventually.TrueAsync(async () => await AnnouncedAsync(lamp, Lamp, Entities()), "the lamp is announced", Long);

        using var end = new CancellationTokenSource();
        Task[] traffic =
            [StatesAsync(lamp.Connection, end.Token), CommandsAsync(home, end.Token), AnnouncementsAsync(lamp, end.Token)];
        for (var i = 0; i < Times; i++)
        {
            var enough = Volatile.Read(ref _states) + StatesBetween;
            await Eventually.TrueAsync(() => Volatile.Read(ref _states) >= enough, "states are stored", Long);
            await trouble(server, line);
        }

        var more = _outcomes.Count(static outcome => outcome.Ok) + 5;
        await Eventually.TrueAsync(
            () => _outcomes.Count(static outcome => outcome.Ok) >= more, "commands are answered again", Long);
        await end.CancelAsync();
        await Task.WhenAll(traffic);
        await AllIsThereAsync(home);
        await sets.UnsubscribeAsync();
        await answering;
    }

    private static object Entities() => new
    {
        entities = (object[])
        [
            new { key = "level", platform = "number", min = 0, max = 1_000_000 },
            .. Enumerable.Range(0, Sensors).Select(static i => TestDevice.Sensor($"s{i}")),
        ],
    };

    private static async Task<bool> AnnouncedAsync(TestDevice device, DeviceId id, object? more = null)
    {
        try
        {
            var reply = await device.Connection.RequestAsync<byte[], byte[]>(
                "home.discovery.announce",
                TestDevice.Describe(id, more),
                replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
            return JsonElement.Parse(reply.Data!).GetProperty("ok").GetBoolean();
        }
        catch (NatsException)
        {
            // Nobody there, or no answer: the contract says to try again.
            return false;
        }
    }

    private async Task AllIsThereAsync(TestHome home)
    {
        var states = home.Get<IStateStore>();
        await Eventually.TrueAsync(
            () => Enumerable.Range(0, Sensors).All(
                i => states.TryGet(new EntityId(Lamp, $"s{i}"), out var state)
                    && Encoding.UTF8.GetString(state.Value.Span) == Text(_stored[i])),
            "every last state is the last stored one");

        var registry = home.Get<IDeviceRegistry>();
        foreach (var id in _announced)
        {
            registry.TryGet(new DeviceId("many", id), out _).ShouldBeTrue($"{id} was told that it is stored");
        }

        _announced.ShouldNotBeEmpty();
        _executed.Values.ShouldAllBe(static times => times == 1, "no command was executed twice");
        _outcomes.Where(static outcome => outcome.Ok)
            .ShouldAllBe(outcome => _executed.ContainsKey(outcome.Id), "what was answered was executed");
    }

    private async Task AnswerAsync(INatsSub<byte[]> sets)
    {
        await foreach (var msg in sets.Msgs.ReadAllAsync())
        {
            _executed.AddOrUpdate(JsonElement.Parse(msg.Data!).GetProperty("id").GetString()!, 1, static (_, times) => times + 1);
            await msg.ReplyAsync("""{"ok":true}"""u8.ToArray());
        }
    }

    /// <summary>Each state until it is stored: the server acknowledges nothing to devices, so it is read back.</summary>
    private async Task StatesAsync(NatsConnection device, CancellationToken end)
    {
        using var pace = new PeriodicTimer(Pace);
        for (var value = 1; !end.IsCancellationRequested; value++)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            for (var sensor = 0; sensor < Sensors; sensor++)
            {
                var (subject, text) = ($"home.devices.{Lamp}.state.s{sensor}", Text(value));
                await Eventually.TrueAsync(async () => await StoredAsync(device, subject, text), "a state is stored", Long);
                _stored[sensor] = value;
                Interlocked.Increment(ref _states);
            }
        }
    }

    private static async Task<bool> StoredAsync(NatsConnection device, string subject, string value)
    {
        try
        {
            await device.PublishAsync(subject, value);
            for (var look = 0; look < 5; look++)
            {
                var last = await device.RequestAsync<byte[], string>(
                    $"$JS.API.DIRECT.GET.HOME_TELEMETRY.{subject}",
                    [],
                    replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
                if (last.Data == value)
                {
                    return true;
                }
            }
        }
        catch (NatsException)
        {
            // Nobody there, or no answer: it is published again.
        }

        return false;
    }

    private async Task CommandsAsync(TestHome home, CancellationToken end)
    {
        var router = home.Get<ICommandRouter>();
        for (var value = 0; !end.IsCancellationRequested; value++)
        {
            _outcomes.Enqueue(await router.ExecuteAsync(
                new CommandRequest
                {
                    Entity = new EntityId(Lamp, "level"),
                    Action = "set_value",
                    Params = JsonElement.Parse($$"""{"value":{{value}}}"""),
                    Origin = "test",
                    Deadline = TimeSpan.FromMilliseconds(500),
                },
                CancellationToken.None));
        }
    }

    private async Task AnnouncementsAsync(TestDevice device, CancellationToken end)
    {
        using var pace = new PeriodicTimer(Pace);
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            var id = $"d{i % 50}";
            if (await AnnouncedAsync(device, new DeviceId("many", id)))
            {
                _announced.Enqueue(id);
            }
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
