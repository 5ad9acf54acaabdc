using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

/// <summary>
/// A command whose caller was told that it failed is never carried out later (docs/devices.md, "Commands"). A client that reconnects by itself sends what it had buffered when the old connection
/// died on the new one, so the trouble comes while as many commands as possible are being written.
/// </summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(180_000)]
public sealed class LateCommandTests(NatsServerVersion version)
{
    private const int Rounds = 4;
    private const int Callers = 1_000;
    private const int Enough = 2_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private static readonly DeviceId[] Lamps = [.. Enumerable.Range(0, 8).Select(static i => new DeviceId("light", $"lamp{i}"))];

    private readonly ConcurrentDictionary<string, bool> _failed = new();
    private ConcurrentQueue<string> _received = [];
    private int _next;
    private int _ok;

    [Test]
    public async Task After_the_server_was_killed_no_command_arrives_whose_caller_was_told_that_it_failed(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true }, token);
        await SurviveAsync(server, server.Url, server.KillAsync, () => server.StartAsync(token), token);
    }

    [Test]
    public async Task After_the_line_was_dead_no_command_arrives_whose_caller_was_told_that_it_failed(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true }, token);
        await using var line = new TcpProxy(server.Port);
        await SurviveAsync(
            server,
            line.Url,
            () =>
            {
                line.Refuse = true;
                line.Cut();
                return Task.CompletedTask;
            },
            () =>
            {
                line.Refuse = false;
                return Task.CompletedTask;
            },
            token);
    }

    private async Task SurviveAsync(NatsServerProcess server, string url, Func<Task> lose, Func<Task> mend, CancellationToken token)
    {
        _failed.Clear();
        _received = [];
        _next = _ok = 0;
        var registry = new InMemoryRegistry();
        foreach (var lamp in Lamps)
        {
            registry.Put(InMemoryRegistry.Describe(
                $$"""{"schema":1,"type":"light","id":"{{lamp.Id}}","name":"Lamp","entities":[{"key":"press","platform":"button","name":"Press"}]}"""));
        }

        await using var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddCommands().AddPictures().AddInMemory(registry),
            options: o => (o with { Nats = o.Nats with { Url = url }, LogLevel = "fatal" }).With(new CommandOptions { InFlight = 1_024 }));
        await home.Get<IStateStore>().Ready.WaitAsync(Long, token);
        await using var device = new NatsConnection(new NatsOpts
        {
            Url = server.Url,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(1),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(2),
            ReconnectJitter = TimeSpan.Zero,
            SubPendingChannelCapacity = 1_000_000,
        });
        await using var sets = await device.SubscribeCoreAsync<byte[]>("home.devices.light.*.set", cancellationToken: token);
        var answering = AnswerAsync(sets);
        var router = home.Get<ICommandRouter>();
        using var end = new CancellationTokenSource();
        Task[] calling = [.. Enumerable.Range(0, Callers).Select(_ => Task.Run(() => CallAsync(router, end.Token), token))];

        for (var round = 0; round < Rounds; round++)
        {
            await AnsweredAsync(Enough);
            await lose();
            await IsQuietAsync();
            var received = _received.Count;
            var failed = _failed.Keys.ToHashSet();
            await mend();
            await AnsweredAsync(Enough);
            _received.Skip(received).Count(failed.Contains).ShouldBe(0, $"carried out in round {round} after their callers were told that they failed");
        }

        _failed.ShouldNotBeEmpty("commands were on their way when the connection was lost");
        await end.CancelAsync();
        await Task.WhenAll(calling);
        await sets.UnsubscribeAsync();
        await answering;
    }

    private Task AnsweredAsync(int more)
    {
        var enough = Volatile.Read(ref _ok) + more;
        return Eventually.TrueAsync(() => Volatile.Read(ref _ok) >= enough, "commands are answered", Long);
    }

    /// <summary>Whoever was waiting when the connection was lost knows of it, and what had been delivered has arrived.</summary>
    private async Task IsQuietAsync()
    {
        var failed = -1;
        var received = -1;
        await Eventually.TrueAsync(
            async () =>
            {
                (var failedBefore, failed) = (failed, _failed.Count);
                (var receivedBefore, received) = (received, _received.Count);
                await Task.Delay(TimeSpan.FromMilliseconds(200));
                return failed > 0 && failed == failedBefore && received == receivedBefore;
            },
            "the commands that were on their way have failed",
            Long);
    }

    private async Task AnswerAsync(INatsSub<byte[]> sets)
    {
        await foreach (var msg in sets.Msgs.ReadAllAsync())
        {
            _received.Enqueue(JsonElement.Parse(msg.Data!).GetProperty("id").GetString()!);

            // Not waited for: while the server is away it would keep what has arrived already from being read.
            _ = ReplyAsync(msg);
        }
    }

    private static async Task ReplyAsync(NatsMsg<byte[]> msg)
    {
        try
        {
            await msg.ReplyAsync("""{"ok":true}"""u8.ToArray());
        }
        catch (NatsException)
        {
            // The server was away for too long.
            return;
        }
    }

    /// <summary>One after another; after a failure not at once, so that the callers do not starve the rest.</summary>
    private async Task CallAsync(ICommandRouter router, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _next);
            var outcome = await router.ExecuteAsync(
                new CommandRequest
                {
                    Entity = new EntityId(Lamps[number % Lamps.Length], "press"),
                    Action = "press",
                    Params = JsonElement.Parse("{}"),
                    Id = number.ToString(CultureInfo.InvariantCulture),
                    Origin = "test",
                    Deadline = Long,
                },
                CancellationToken.None);
            if (outcome.Ok)
            {
                Interlocked.Increment(ref _ok);
            }
            else
            {
                _failed[outcome.Id] = true;
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }
    }
}
