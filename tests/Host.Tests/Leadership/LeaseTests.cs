using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Leadership.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Leadership;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class LeaseTests(NatsServerVersion version)
{
    private const string Job = "cleaning";
    private static readonly LeaseTimings Quick = new(
        ) { Renewal = TimeSpan.FromMilliseconds(400), Stop = TimeSpan.FromMinutes(1), Takeover = TimeSpan.FromMinutes(2) };
    private readonly List<Candidate> _candidates = [];
    private NatsServerProcess _server = null!;
    private ShiftedTime _clock = null!;

    [SetUp]
    public async Task Start()
    {
        _clock = new ShiftedTime();
        _server = await HomeServer.StartAsync(version);
    }

    [TearDown]
    public async Task Stop()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.DisposeAsync();
        }

        _candidates.Clear();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task One_of_several_leads_and_the_next_leader_has_a_higher_fence()
    {
        var candidates = new[] { await StartAsync(), await StartAsync(), await StartAsync() };
        await Eventually.TrueAsync(() => candidates.Count(c => c.Lease.IsHeld) == 1, "one leads");
        var first = candidates.Single(c => c.Lease.IsHeld);
        first.Events.ShouldBe(["acquired"]);

        await first.DisposeAsync();

        await Eventually.TrueAsync(() => candidates.Count(c => c.Lease.IsHeld) == 1, "another one leads");
        first.Events.ShouldBe(["acquired", "lost"]);
        candidates.Single(c => c.Lease.IsHeld).Lease.Fence.ShouldBeGreaterThan(first.Lease.Fence);
    }

    [Test]
    public async Task Jobs_are_led_independently()
    {
        var one = await StartAsync();
        await Eventually.TrueAsync(() => one.Lease.IsHeld, "it leads");

        var other = await StartAsync("cooking");

        await Eventually.TrueAsync(() => other.Lease.IsHeld, "another job");
        one.Lease.IsHeld.ShouldBeTrue();
    }

    [Test]
    public async Task A_killed_leader_is_replaced_at_once()
    {
        var leader = await StartAsync();
        await Eventually.TrueAsync(() => leader.Lease.IsHeld, "it leads");
        var next = await StartAsync();

        await leader.KillAsync();

        await Eventually.TrueAsync(() => next.Lease.IsHeld, "there is no responder, so the lease need not run out");
    }

    [Test]
    public async Task A_leader_that_hangs_is_replaced_when_its_time_is_over_and_not_before()
    {
        await using var ghost = await TestDevice.ConnectAsync(_server.Url, new("ghost", "leader"));
        await using var questions = await ghost.Connection.SubscribeCoreAsync<byte[]>($"home.leadership.{Job}.ghost");
        await ghost.Connection.PingAsync();
        await using var bridge = await TestLink.OpenAsync(_server.Url, withSystem: false);
        var leases = (await TestStorage.OpenAsync(bridge.Home)).Bucket("home_leases");
        var held = await leases.PutAsync(Job, LeaseRecord.Write("ghost"), NatsRawSerializer<byte[]>.Default);

        var next = await StartAsync();
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        for (var looks = 0; looks < 3; looks++)
        {
            await questions.Msgs.ReadAsync(bounded.Token);
            next.Lease.IsHeld.ShouldBeFalse("it is there, only it does not answer");
        }

        _clock.Ahead += Quick.Takeover;
        await Eventually.TrueAsync(() => next.Lease.IsHeld, "it is replaced");
        var late = await leases.TryUpdateAsync(Job, LeaseRecord.Write("ghost"), held, NatsRawSerializer<byte[]>.Default);
        late.Success.ShouldBeFalse("when it wakes up, its lease is another's");
    }

    [Test]
    public async Task A_leader_that_cannot_renew_its_lease_stops_by_itself_and_leads_again_when_it_can()
    {
        var leader = await StartAsync();
        await Eventually.TrueAsync(() => leader.Lease.IsHeld, "it leads");
        await _server.KillAsync();
        await Eventually.TrueAsync(() => !leader.Link.IsUp, "NATS is away");

        _clock.Ahead += Quick.Stop;
        leader.Lease.IsHeld.ShouldBeFalse("also before it is reported");
        await Eventually.TrueAsync(() => leader.Events.SequenceEqual(["acquired", "lost"]), "it is reported");

        await _server.StartAsync();
        await Eventually.TrueAsync(() => leader.Lease.IsHeld, "it leads again");
    }

    [Test]
    public async Task Something_else_in_the_place_of_a_lease_is_written_over()
    {
        await using var bridge = await TestLink.OpenAsync(_server.Url, withSystem: false);
        var storage = await TestStorage.OpenAsync(bridge.Home);
        await storage.Bucket("home_leases").PutAsync(Job, "nonsense"u8.ToArray(), NatsRawSerializer<byte[]>.Default);

        var leader = await StartAsync();

        await Eventually.TrueAsync(() => leader.Lease.IsHeld, "it leads");
    }

    private async Task<Candidate> StartAsync(string job = Job)
    {
        var candidate = await Candidate.StartAsync(_server.Url, job, _clock);
        _candidates.Add(candidate);
        return candidate;
    }

    private sealed class Candidate : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private Task _running = Task.CompletedTask;

        private Candidate(TestLink link, ILease lease) => (Link, Lease) = (link, lease);

        public TestLink Link { get; }

        public ILease Lease { get; }

        public List<string> Events { get; } = [];

        public static async Task<Candidate> StartAsync(string url, string job, TimeProvider time)
        {
            var link = await TestLink.OpenAsync(url, withSystem: false);
            var storage = await TestStorage.OpenAsync(link.Home);
            var factory = new LeaseFactory(link, storage, new Subscriptions(time), Quick, time, NullLogger<Lease>.Instance);
            var candidate = new Candidate(link, factory.For(job));
            candidate.Lease.Acquired += () => candidate.Events.Add("acquired");
            candidate.Lease.Lost += () => candidate.Events.Add("lost");
            candidate._running = candidate.Lease.RunAsync(candidate._stop.Token);
            return candidate;
        }

        /// <summary>As after SIGKILL: the connection is gone, and nothing was given back.</summary>
        public async Task KillAsync()
        {
            await Link.DisposeAsync();
            await DisposeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running;
            await Link.DisposeAsync();
        }
    }
}
