using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HomeAssistant;

public sealed class ClientFeedTests
{
    private static readonly DeviceId Hall = new("sensor", "hall");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private FakeTimeProvider _time = null!;
    private ChangeLog _log = null!;
    private FeedMetrics _metrics = null!;
    private ServiceProvider _services = null!;
    private ClientSessions _sessions = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _log = new ChangeLog(_time, "epoch");
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        _metrics = new FeedMetrics(_services.GetRequiredService<IMeterFactory>());
        _sessions = new ClientSessions(_log, _time, _metrics, NullLogger<ClientSessions>.Instance);
        _log.DeviceChanged(new RegisteredDevice(
            InMemoryRegistry.Sensors("hall", 2), 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
    }

    [TearDown]
    public void TearDown()
    {
        _sessions.Dispose();
        _log.Dispose();
        _metrics.Dispose();
        _services.Dispose();
    }

    [Test]
    public async Task Until_a_full_snapshot_is_complete_its_frames_carry_no_position_to_resume_from()
    {
        await using var frames = Listen(new ClientFeed(_log, _time, _metrics));
        State("s0", "1");
        var begin = await NextAsync(frames);
        (begin.GetProperty("t").GetString(), begin.GetProperty("seq").GetInt64(), begin.GetProperty("full").GetBoolean())
            .ShouldBe(("begin", 0L, true));
        var batch = await NextAsync(frames);
        batch.GetProperty("seq").GetInt64().ShouldBe(0);
        var end = await NextAsync(frames);
        end.GetProperty("t").GetString().ShouldBe("end");
        end.GetProperty("seq").GetInt64().ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task A_single_change_leaves_at_once()
    {
        await using var frames = Listen(new ClientFeed(_log, _time, _metrics));
        await NextAsync(frames);
        await NextAsync(frames);
        await NextAsync(frames);
        var next = NextAsync(frames);
        next.IsCompleted.ShouldBeFalse();
        State("s1", "2.5");
        var batch = await next;
        batch.GetProperty("states").GetRawText().ShouldBe("""[["sensor.hall.s1",2.5]]""");
    }

    [Test]
    public async Task A_client_that_does_not_read_for_60_s_gets_a_bye_and_is_then_cut()
    {
        var isCut = false;
        var feed = new ClientFeed(_log, _time, _metrics);
        var session = new ClientSession("slow", "1", "i", [], () => isCut = true);
        session.Listen(feed);
        _sessions.Add("c", session);
        await using var frames = Listen(feed);
        await NextAsync(frames);
        _time.Advance(TimeSpan.FromSeconds(55));
        feed.IsClosing.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));
        feed.IsClosing.ShouldBeTrue();
        isCut.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));
        isCut.ShouldBeTrue();
        var bye = await NextAsync(frames);
        bye.GetProperty("error").GetProperty("code").GetString().ShouldBe("TOO_SLOW");
        (await frames.MoveNextAsync()).ShouldBeFalse();
    }

    [Test]
    public async Task A_client_that_has_nothing_to_read_is_not_slow()
    {
        var feed = new ClientFeed(_log, _time, _metrics);
        var session = new ClientSession("idle", "1", "i", [], () => Assert.Fail("cut"));
        session.Listen(feed);
        _sessions.Add("c", session);
        await using var frames = Listen(feed);
        await NextAsync(frames);
        await NextAsync(frames);
        await NextAsync(frames);
        var next = NextAsync(frames);
        _time.Advance(TimeSpan.FromMinutes(10));
        feed.IsClosing.ShouldBeFalse();
        State("s0", "1");
        (await next).GetProperty("t").GetString().ShouldBe("batch");
    }

    [Test]
    public async Task Changes_from_many_threads_reach_a_client_that_reads_all_the_time()
    {
        const int Threads = 4;
        const int Rounds = 20_000;
        await using var frames = Listen(new ClientFeed(_log, _time, _metrics));
        var writers = Enumerable.Range(0, Threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < Rounds; i++)
                {
                    State("s0", "1");
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        _ = Task.WhenAll(writers).ContinueWith(_ => State("s1", "99"), TaskScheduler.Default);
        string? last = null;
        while (last != "99")
        {
            var frame = await NextAsync(frames);
            if (frame.TryGetProperty("states", out var states))
            {
                last = states.EnumerateArray().Where(s => s[0].GetString() == "sensor.hall.s1").Select(s => s[1].GetRawText())
                    .LastOrDefault() ?? last;
            }
        }
    }

    private static IAsyncEnumerator<Frame> Listen(ClientFeed feed) =>
        feed.ReadAsync(ListenRequest.FromTheStart, CancellationToken.None).GetAsyncEnumerator();

    private static async Task<JsonElement> NextAsync(IAsyncEnumerator<Frame> frames)
    {
        (await frames.MoveNextAsync().AsTask().WaitAsync(Patience)).ShouldBeTrue();
        return JsonDocument.Parse(frames.Current.Span.ToArray()).RootElement;
    }

    private void State(string key, string value) =>
        _log.StateChanged(new EntityState(new EntityId(Hall, key), Encoding.UTF8.GetBytes(value), 1));
}
