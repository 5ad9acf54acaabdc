using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

public sealed class AvailabilityJudgeTests
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly LeaseTerms NoLease = new(0, false);
    private static readonly LeaseTerms TenSeconds = new(10_000, false);
    private static readonly LeaseTerms Sleeper = new(10_000, true);
    private FakeTimeProvider _time = null!;
    private AvailabilityJudge _judge = null!;
    private ulong _revision;

    [SetUp]
    public void Make()
    {
        _judge = new AvailabilityJudge(new DiscoveryTimings(), _time = new FakeTimeProvider());
        _revision = 0;
        _judge.LinkUp(1);
        _judge.StartJudging(1, 1);
    }

    [Test]
    public void A_device_that_announces_is_online()
    {
        _judge.Track(Hall, NoLease, 100);
        _judge.Announced(Hall, 100);

        Write().ShouldBe(("online", Reasons.Announced));
        Write().ShouldBeNull();
    }

    [Test]
    public void An_announcement_that_another_sidecar_answered_counts_although_the_registry_tells_of_the_device_later()
    {
        _judge.Announced(Hall, 100);
        Write().ShouldBeNull();
        _judge.Track(Hall, NoLease, 200);

        Write().ShouldBe(("online", Reasons.Announced));
    }

    [Test]
    public void Announcements_of_devices_that_never_come_are_not_kept_for_ever()
    {
        _judge.Announced(Hall, 100);
        for (var i = 0; i < 2_000; i++)
        {
            _judge.Announced(new DeviceId("ghost", $"g{i}"), 100);
        }

        _judge.Track(Hall, NoLease, 200);
        Write().ShouldBeNull();
    }

    [Test]
    public void A_device_without_a_lease_stays_online()
    {
        Online(NoLease);

        Ticks(2, 10_000_000, 4_000);

        Write().ShouldBeNull();
    }

    [Test]
    public void A_lease_runs_out_after_the_last_sign_of_life()
    {
        Online(TenSeconds);
        _judge.SignOfLife(Hall, 5_000);

        Ticks(1_000, 14_900, 100);
        Write().ShouldBeNull();
        Ticks(15_000, 15_300, 100);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
        _judge.Expired.ShouldBe(1);
    }

    [Test]
    public void A_sign_of_life_brings_an_expired_device_back()
    {
        Online(TenSeconds);
        Ticks(1_000, 12_000, 500);
        Write().ShouldBe(("offline", Reasons.LeaseExpired));

        _judge.SignOfLife(Hall, 12_100);

        Write().ShouldBe(("online", Reasons.Seen));
    }

    [Test]
    public void A_sign_of_life_from_before_the_device_went_offline_is_outdated()
    {
        Online(NoLease);
        _time.Advance(TimeSpan.FromSeconds(1));
        _judge.Disconnected(Hall, 2_000);
        Write().ShouldBe(("offline", Reasons.Disconnected));
        _time.Advance(TimeSpan.FromSeconds(5));

        _judge.SignOfLife(Hall, 7_000, TimeSpan.FromSeconds(5));
        _judge.Health(Hall, "online", [], 7_000, TimeSpan.FromSeconds(6));
        Write().ShouldBeNull("read after a restart, sent before");

        _judge.SignOfLife(Hall, 7_000, TimeSpan.FromSeconds(4));
        Write().ShouldBe(("online", Reasons.Seen), "sent after it");
    }

    [TestCase(0, 29, true)]
    [TestCase(0, 31, false)]
    [TestCase(10_000, 9, true)]
    [TestCase(10_000, 11, false)]
    public void An_old_sign_of_life_counts_for_as_long_as_the_lease_and_without_one_for_30_s(int lease, int age, bool isOnline)
    {
        Online(new LeaseTerms(lease, false));
        _judge.Disconnected(Hall, 2_000);
        Write().ShouldBe(("offline", Reasons.Disconnected));
        _time.Advance(TimeSpan.FromMinutes(5));

        _judge.SignOfLife(Hall, 302_000, TimeSpan.FromSeconds(age));

        Write().ShouldBe(isOnline ? ("online", Reasons.Seen) : null);
    }

    [Test]
    public void The_lease_runs_from_when_an_old_sign_of_life_was_given()
    {
        Online(TenSeconds);
        Ticks(1_000, 12_000, 500);
        Write().ShouldBe(("offline", Reasons.LeaseExpired));
        _time.Advance(TimeSpan.FromMinutes(1));
        Ticks(12_500, 72_000, 500);

        _judge.SignOfLife(Hall, 72_000, TimeSpan.FromSeconds(6));
        Write().ShouldBe(("online", Reasons.Seen));
        Ticks(72_500, 75_500, 500);
        Write().ShouldBeNull();
        Ticks(76_000, 76_500, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void An_old_health_report_turns_nobody_offline_who_came_back_since()
    {
        Online(NoLease);
        _time.Advance(TimeSpan.FromSeconds(5));

        _judge.Health(Hall, "offline", [], 6_000, TimeSpan.FromSeconds(6));
        Write().ShouldBeNull();
        _judge.Health(Hall, "offline", [], 6_000, TimeSpan.FromSeconds(3));

        Write().ShouldBe(("offline", Reasons.ReportedOffline));
    }

    [Test]
    public void No_lease_runs_out_while_nats_is_away_and_after_it_a_full_one_is_granted()
    {
        Online(TenSeconds);
        _judge.LinkDown();
        Ticks(1_000, 600_000, 1_000);
        _judge.LinkUp(600_000);

        Ticks(600_000, 629_500, 500);
        Write().ShouldBeNull();
        Ticks(629_500, 631_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void After_a_reconnect_a_long_lease_is_granted_in_full()
    {
        Online(new LeaseTerms(90_000, false));
        _judge.LinkDown();
        _judge.LinkUp(80_000);

        Ticks(80_000, 169_500, 500);
        Write().ShouldBeNull();
        Ticks(169_500, 171_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void Once_heard_after_a_reconnect_the_device_has_its_own_lease_again()
    {
        Online(TenSeconds);
        _judge.LinkUp(20_000);
        _judge.SignOfLife(Hall, 20_500);

        // The wheel still holds the granted time; the next sign of life or turn settles it.
        Ticks(20_500, 51_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_process_that_stood_still_lets_nobody_expire_for_it()
    {
        Online(TenSeconds);
        Ticks(1_000, 2_000, 250);

        _judge.Tick(120_000);

        Write().ShouldBeNull();
    }

    [Test]
    public void A_shorter_lease_counts_at_once()
    {
        Online(new LeaseTerms(3_600_000, false));
        _judge.Track(Hall, TenSeconds, 1_000);
        _judge.Announced(Hall, 1_000);

        Ticks(1_000, 12_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_closed_connection_means_offline_lease_or_not()
    {
        Online(NoLease);

        _judge.Disconnected(Hall, 5_000);

        Write().ShouldBe(("offline", Reasons.Disconnected));
    }

    [Test]
    public void A_closed_connection_says_nothing_about_a_device_that_sleeps()
    {
        Online(Sleeper);

        _judge.Disconnected(Hall, 5_000);
        Write().ShouldBeNull();

        Ticks(5_000, 12_000, 500);
        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_health_report_may_say_offline_and_the_next_sign_of_life_contradicts_it()
    {
        Online(NoLease);

        _judge.Health(Hall, "offline", [], 2_000);
        Write().ShouldBe(("offline", Reasons.ReportedOffline));
        _judge.Health(Hall, "degraded", [], 3_000);

        Write().ShouldBe(("online", Reasons.Seen));
    }

    [Test]
    public void Well_known_health_numbers_are_remembered_from_the_first_report()
    {
        Online(NoLease);
        _judge.Health(Hall, "online", ["health_rssi"], 2_000);
        _judge.Health(Hall, "online", ["health_battery", "health_rssi"], 2_000);

        var change = _judge.TakeChanges(10).ShouldHaveSingleItem();

        change.Record.Health.ShouldBe(["health_battery", "health_rssi"]);
        change.FlipsOnline.ShouldBeFalse();
        _judge.Health(Hall, "online", ["health_rssi"], 2_000);
        _judge.TakeChanges(10).ShouldBeEmpty();
    }

    [Test]
    public void What_could_not_be_written_waits_for_the_next_tick()
    {
        _judge.Track(Hall, NoLease, 100);
        _judge.Announced(Hall, 100);
        _judge.TakeChanges(10).ShouldHaveSingleItem();
        var calls = 0;
        _judge.HasChanges += () => calls++;

        _judge.NotWritten(Hall);

        calls.ShouldBe(0, "KV may answer at once that it is away: writing again at once would never pause");
        _judge.HasUnwritten.ShouldBeTrue();
    }

    [Test]
    public void What_could_not_be_written_comes_again()
    {
        _judge.Track(Hall, NoLease, 100);
        _judge.Announced(Hall, 100);
        _judge.TakeChanges(10).ShouldHaveSingleItem();
        _judge.TakeChanges(10).ShouldBeEmpty();

        _judge.NotWritten(Hall);

        _judge.TakeChanges(10).ShouldHaveSingleItem();
    }

    [Test]
    public void Who_does_not_judge_follows_what_is_stored()
    {
        _judge.StopJudging();
        _judge.Track(Hall, TenSeconds, 100);
        _judge.Stored(Hall, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 7, 100);

        Ticks(100, 60_000, 500);

        _judge.OnlineCount.ShouldBe(1);
        Write().ShouldBeNull();
    }

    [Test]
    public void The_next_judge_grants_full_leases_and_knows_whom_it_heard_while_nobody_judged()
    {
        var quiet = new DeviceId("climate", "quiet");
        _judge.StopJudging();
        _judge.Track(Hall, TenSeconds, 100);
        _judge.Track(quiet, TenSeconds, 100);
        _judge.Stored(Hall, new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, Reasons.LeaseExpired), 7, 100);
        _judge.Stored(quiet, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 8, 100);
        _judge.SignOfLife(Hall, 20_000);

        _judge.StartJudging(2, 21_000);
        Write().ShouldBe(("online", Reasons.Seen));
        Ticks(21_000, 28_000, 500);

        Write().ShouldBeNull();
    }

    [Test]
    public void A_verdict_of_a_judge_that_was_replaced_is_put_right()
    {
        Online(NoLease);

        _judge.Stored(Hall, new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, Reasons.LeaseExpired), 99, 3_000);

        var change = _judge.TakeChanges(10).ShouldHaveSingleItem();
        change.Record.Online.ShouldBeTrue();
        change.Revision.ShouldBe(99UL);
    }

    [Test]
    public void A_forgotten_device_is_neither_written_nor_expired()
    {
        Online(TenSeconds);
        _judge.Disconnected(Hall, 2_000);
        _judge.Forget(Hall);

        Ticks(2_000, 60_000, 1_000);

        Write().ShouldBeNull();
        _judge.SignOfLife(Hall, 61_000);
        Write().ShouldBeNull();
    }

    private void Online(LeaseTerms terms)
    {
        _judge.Track(Hall, terms, 2);
        _judge.Announced(Hall, 2);
        Write().ShouldNotBeNull();
    }

    private void Ticks(long from, long to, long step)
    {
        for (var now = from; now <= to; now += step)
        {
            _judge.Tick(now);
        }
    }

    /// <summary>Takes what has to be written and says that it was, and that people were told; null when there is nothing.</summary>
    private (string State, string Why)? Write()
    {
        var changes = _judge.TakeChanges(10);
        foreach (var change in changes)
        {
            _judge.Stored(change.Id, change.Record, ++_revision, 0);
            _judge.Said(change.Id);
        }

        _judge.ToldForSure(_judge.ToldUpTo);

        return changes.Count == 0 ? null : (changes[^1].Record.Online ? "online" : "offline", changes[^1].Record.Why);
    }
}
