using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Availability;

public sealed class AvailabilityMachineTests
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly AvailabilityTerms NoLease = new(0, false);
    private static readonly AvailabilityTerms TenSeconds = new(10_000, false);
    private static readonly AvailabilityTerms Sleeper = new(10_000, true);
    private FakeTimeProvider _time = null!;
    private AvailabilityMachine _machine = null!;
    private ulong _revision;

    [SetUp]
    public void Make()
    {
        _machine = new AvailabilityMachine(new AvailabilityTimings(), _time = new FakeTimeProvider());
        _revision = 0;
        _machine.LinkUp(1);
        _machine.StartLeading(1, 1);
    }

    [Test]
    public void A_device_that_announces_is_online()
    {
        _machine.Register(Hall, NoLease, 100);
        _machine.Announced(Hall, null, 100);

        Write().ShouldBe(("online", Reasons.Announced));
        Write().ShouldBeNull();
    }

    [Test]
    public void An_announcement_counts_although_the_registry_shows_the_device_later()
    {
        _machine.Announced(Hall, null, 100);
        Write().ShouldBeNull();
        _machine.Register(Hall, NoLease, 200);

        Write().ShouldBe(("online", Reasons.Announced));
    }

    [Test]
    public void Announcements_of_devices_that_never_come_are_not_kept_for_ever()
    {
        _machine.Announced(Hall, null, 100);
        for (var i = 0; i < 2_000; i++)
        {
            _machine.Announced(new DeviceId("ghost", $"g{i}"), null, 100);
        }

        _machine.Register(Hall, NoLease, 200);
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
        _machine.SignOfLife(Hall, 5_000);

        Ticks(1_000, 14_900, 100);
        Write().ShouldBeNull();
        Ticks(15_000, 15_300, 100);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
        _machine.Expired.ShouldBe(1);
    }

    [Test]
    public void A_sign_of_life_brings_an_expired_device_back()
    {
        Online(TenSeconds);
        Ticks(1_000, 12_000, 500);
        Write().ShouldBe(("offline", Reasons.LeaseExpired));

        _machine.SignOfLife(Hall, 12_100);

        Write().ShouldBe(("online", Reasons.Seen));
    }

    [Test]
    public void A_sign_of_life_from_before_the_device_went_offline_is_outdated()
    {
        Online(NoLease);
        _time.Advance(TimeSpan.FromSeconds(1));
        _machine.Disconnected(Hall, 2_000);
        Write().ShouldBe(("offline", Reasons.Disconnected));
        _time.Advance(TimeSpan.FromSeconds(5));

        _machine.SignOfLife(Hall, 7_000, TimeSpan.FromSeconds(5));
        _machine.Health(Hall, "online", [], 7_000, TimeSpan.FromSeconds(6));
        Write().ShouldBeNull("read after a restart, sent before");

        _machine.SignOfLife(Hall, 7_000, TimeSpan.FromSeconds(4));
        Write().ShouldBe(("online", Reasons.Seen), "sent after it");
    }

    [TestCase(0, 29, true)]
    [TestCase(0, 31, false)]
    [TestCase(10_000, 9, true)]
    [TestCase(10_000, 11, false)]
    public void An_old_sign_of_life_counts_for_as_long_as_the_lease_and_without_one_for_30_s(int lease, int age, bool isOnline)
    {
        Online(new AvailabilityTerms(lease, false));
        _machine.Disconnected(Hall, 2_000);
        Write().ShouldBe(("offline", Reasons.Disconnected));
        _time.Advance(TimeSpan.FromMinutes(5));

        _machine.SignOfLife(Hall, 302_000, TimeSpan.FromSeconds(age));

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

        _machine.SignOfLife(Hall, 72_000, TimeSpan.FromSeconds(6));
        Write().ShouldBe(("online", Reasons.Seen));
        Ticks(72_500, 75_500, 500);
        Write().ShouldBeNull();
        Ticks(76_000, 76_500, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void An_old_health_report_does_not_turn_a_device_offline_that_came_back_since()
    {
        Online(NoLease);
        _time.Advance(TimeSpan.FromSeconds(5));

        _machine.Health(Hall, "offline", [], 6_000, TimeSpan.FromSeconds(6));
        Write().ShouldBeNull();
        _machine.Health(Hall, "offline", [], 6_000, TimeSpan.FromSeconds(3));

        Write().ShouldBe(("offline", Reasons.ReportedOffline));
    }

    [Test]
    public void No_lease_runs_out_while_nats_is_away_and_after_it_a_full_one_is_granted()
    {
        Online(TenSeconds);
        _machine.LinkDown();
        Ticks(1_000, 600_000, 1_000);
        _machine.LinkUp(600_000);

        Ticks(600_000, 629_500, 500);
        Write().ShouldBeNull();
        Ticks(629_500, 631_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void After_a_reconnect_a_long_lease_is_granted_in_full()
    {
        Online(new AvailabilityTerms(90_000, false));
        _machine.LinkDown();
        _machine.LinkUp(80_000);

        Ticks(80_000, 169_500, 500);
        Write().ShouldBeNull();
        Ticks(169_500, 171_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void After_its_first_sign_of_life_after_a_reconnect_a_device_has_its_own_lease_again()
    {
        Online(TenSeconds);
        _machine.LinkUp(20_000);
        _machine.SignOfLife(Hall, 20_500);

        Ticks(20_500, 51_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_pause_of_the_process_lets_no_lease_run_out()
    {
        Online(TenSeconds);
        Ticks(1_000, 2_000, 250);

        _machine.Tick(120_000);

        Write().ShouldBeNull();
    }

    [Test]
    public void A_shorter_lease_counts_at_once()
    {
        Online(new AvailabilityTerms(3_600_000, false));
        _machine.Register(Hall, TenSeconds, 1_000);
        _machine.Announced(Hall, null, 1_000);

        Ticks(1_000, 12_000, 500);

        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_closed_connection_means_offline_lease_or_not()
    {
        Online(NoLease);

        _machine.Disconnected(Hall, 5_000);

        Write().ShouldBe(("offline", Reasons.Disconnected));
    }

    [Test]
    public void A_closed_connection_says_nothing_about_a_device_that_sleeps()
    {
        Online(Sleeper);

        _machine.Disconnected(Hall, 5_000);
        Write().ShouldBeNull();

        Ticks(5_000, 12_000, 500);
        Write().ShouldBe(("offline", Reasons.LeaseExpired));
    }

    [Test]
    public void A_health_report_may_say_offline_and_the_next_sign_of_life_contradicts_it()
    {
        Online(NoLease);

        _machine.Health(Hall, "offline", [], 2_000);
        Write().ShouldBe(("offline", Reasons.ReportedOffline));
        _machine.Health(Hall, "degraded", [], 3_000);

        Write().ShouldBe(("online", Reasons.Seen));
    }

    [Test]
    public void Well_known_health_numbers_are_remembered_from_the_first_report()
    {
        Online(NoLease);
        _machine.Health(Hall, "online", ["health_rssi"], 2_000);
        _machine.Health(Hall, "online", ["health_battery", "health_rssi"], 2_000);

        var change = _machine.TakeChanges(10).ShouldHaveSingleItem();

        change.Record.Health.ShouldBe(["health_battery", "health_rssi"]);
        change.IsVisible.ShouldBeFalse();
        _machine.Health(Hall, "online", ["health_rssi"], 2_000);
        _machine.TakeChanges(10).ShouldBeEmpty();
    }

    [Test]
    public void What_could_not_be_written_waits_for_the_next_tick()
    {
        _machine.Register(Hall, NoLease, 100);
        _machine.Announced(Hall, null, 100);
        _machine.TakeChanges(10).ShouldHaveSingleItem();
        var calls = 0;
        _machine.HasChanges += () => calls++;

        _machine.NotWritten(Hall);

        calls.ShouldBe(0, "KV may answer at once that it is away: writing again at once would never pause");
        _machine.HasUnwritten.ShouldBeTrue();
    }

    [Test]
    public void What_could_not_be_written_comes_again()
    {
        _machine.Register(Hall, NoLease, 100);
        _machine.Announced(Hall, null, 100);
        _machine.TakeChanges(10).ShouldHaveSingleItem();
        _machine.TakeChanges(10).ShouldBeEmpty();

        _machine.NotWritten(Hall);

        _machine.TakeChanges(10).ShouldHaveSingleItem();
    }

    [Test]
    public void Who_does_not_machine_follows_what_is_stored()
    {
        _machine.StopLeading();
        _machine.Register(Hall, TenSeconds, 100);
        _machine.Stored(Hall, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 7, 100);

        Ticks(100, 60_000, 500);

        _machine.OnlineCount.ShouldBe(1);
        Write().ShouldBeNull();
    }

    [Test]
    public void The_next_leader_grants_full_leases_and_knows_the_signs_of_life_from_before_it_led()
    {
        var quiet = new DeviceId("climate", "quiet");
        _machine.StopLeading();
        _machine.Register(Hall, TenSeconds, 100);
        _machine.Register(quiet, TenSeconds, 100);
        _machine.Stored(Hall, new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, Reasons.LeaseExpired), 7, 100);
        _machine.Stored(quiet, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 8, 100);
        _machine.SignOfLife(Hall, 20_000);

        _machine.StartLeading(2, 21_000);
        Write().ShouldBe(("online", Reasons.Seen));
        Ticks(21_000, 28_000, 500);

        Write().ShouldBeNull();
    }

    [Test]
    public void What_a_former_leader_wrote_late_is_written_over()
    {
        Online(NoLease);

        _machine.Stored(Hall, new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, Reasons.LeaseExpired), 99, 3_000);

        var change = _machine.TakeChanges(10).ShouldHaveSingleItem();
        change.Record.Online.ShouldBeTrue();
        change.Revision.ShouldBe(99UL);
    }

    [Test]
    public void A_removed_device_is_neither_written_nor_expired()
    {
        Online(TenSeconds);
        _machine.Disconnected(Hall, 2_000);
        _machine.Forget(Hall);

        Ticks(2_000, 60_000, 1_000);

        Write().ShouldBeNull();
        _machine.SignOfLife(Hall, 61_000);
        Write().ShouldBeNull();
    }

    [Test]
    public void One_write_at_a_time_is_under_way_for_a_device()
    {
        _machine.Register(Hall, NoLease, 100);
        _machine.Announced(Hall, null, 100);
        var first = _machine.TakeChanges(10).ShouldHaveSingleItem();
        _machine.Disconnected(Hall, 200);

        _machine.TakeChanges(10).ShouldBeEmpty("what is under way comes back from KV first");
        _machine.Stored(Hall, first.Record, 1, 300);

        var second = _machine.TakeChanges(10).ShouldHaveSingleItem();
        second.Record.Online.ShouldBeFalse();
        second.Revision.ShouldBe(1UL);
    }

    [Test]
    public void A_removed_device_that_announces_itself_again_begins_anew()
    {
        Online(NoLease);
        _machine.Health(Hall, "online", ["health_rssi"], 200);
        Write();
        _machine.Forget(Hall);
        _machine.StoredGone(Hall, ++_revision);

        _machine.Announced(Hall, null, 300);
        _machine.Register(Hall, NoLease, 301);

        var change = _machine.TakeChanges(10).ShouldHaveSingleItem();
        change.Record.Online.ShouldBeTrue();
        change.Record.Health.ShouldBeEmpty();
        change.Revision.ShouldBe(0UL);
    }

    [Test]
    public void What_a_newer_sidecar_wrote_is_not_written_over()
    {
        Online(NoLease);
        const int format = AvailabilityRecord.CurrentFormat + 1;
        var newer = new AvailabilityRecord(false, DateTimeOffset.UnixEpoch, "new") { Format = format };
        _machine.Stored(Hall, newer, 99, 3_000);

        _machine.SignOfLife(Hall, 3_100);

        Write().ShouldBeNull();
    }

    [Test]
    public void An_availability_without_a_device_is_nothing_that_is_online()
    {
        _machine.Stored(Hall, new AvailabilityRecord(true, DateTimeOffset.UnixEpoch, Reasons.Announced), 7, 100);

        _machine.OnlineCount.ShouldBe(0);
        _machine.Online().ShouldBeEmpty();
        _machine.Register(Hall, NoLease, 200);
        _machine.OnlineCount.ShouldBe(1);
    }

    [Test]
    public void The_connection_of_an_announcement_is_stored_with_it()
    {
        var connection = new ConnectionId("NA", 7);
        _machine.Register(Hall, NoLease, 100);

        _machine.Announced(Hall, connection, 100);

        _machine.TakeChanges(10).ShouldHaveSingleItem().Record.Connection.ShouldBe(connection);
        _machine.ConnectionOf(Hall).ShouldBe(connection);
    }

    private void Online(AvailabilityTerms terms)
    {
        _machine.Register(Hall, terms, 2);
        _machine.Announced(Hall, null, 2);
        Write().ShouldNotBeNull();
    }

    private void Ticks(long from, long to, long step)
    {
        for (var now = from; now <= to; now += step)
        {
            _machine.Tick(now);
        }
    }

    /// <summary>Takes what has to be written and stores it; null when there is nothing.</summary>
    private (string State, string Why)? Write()
    {
        var changes = _machine.TakeChanges(10);
        foreach (var change in changes)
        {
            _machine.Stored(change.Id, change.Record, ++_revision, 0);
        }

        return changes.Count == 0 ? null : (changes[^1].Record.Online ? "online" : "offline", changes[^1].Record.Why);
    }
}
