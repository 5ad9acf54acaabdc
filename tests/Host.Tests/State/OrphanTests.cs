using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.State.Internal;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class OrphanTests
{
    private static readonly DeviceId Late = new("sensor", "late");
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void A_state_of_a_device_that_is_not_announced_counts_as_an_orphan_after_a_minute()
    {
        var orphans = new Orphans(_time);
        orphans.Note(Late, "home.devices.sensor.late.state", isRemoval: false);
        _time.Advance(TimeSpan.FromSeconds(59));
        orphans.Note(Late, "home.devices.sensor.late.state", isRemoval: false);
        orphans.Lasting().ShouldBe(0);

        _time.Advance(TimeSpan.FromSeconds(1));
        orphans.Lasting().ShouldBe(1, "publishing again does not start the minute again");
        orphans.Take(Late).ShouldBeTrue();
        orphans.Take(Late).ShouldBeFalse();
        orphans.Lasting().ShouldBe(0);
    }

    [Test]
    public void With_more_orphans_than_are_retained_any_device_may_have_some()
    {
        var orphans = new Orphans(_time);
        for (var i = 0; i <= Orphans.Most; i++)
        {
            orphans.Note(new DeviceId("sensor", $"s{i}"), $"home.devices.sensor.s{i}.state", isRemoval: false);
        }

        orphans.Take(Late).ShouldBeTrue("its state may be among those that are not retained");
        _time.Advance(TimeSpan.FromMinutes(1));
        orphans.Lasting().ShouldBe(Orphans.Most);
    }

    [Test]
    public void Wrong_values_are_counted_by_path_and_logged_once_a_minute()
    {
        var problems = new ProblemLog(_time);
        problems.Note(new StateProblem("s0", "no number")).ShouldBeTrue();
        problems.Note(new StateProblem("s1", "no number")).ShouldBeFalse("once a minute for the device");
        _time.Advance(TimeSpan.FromSeconds(59));
        problems.Note(new StateProblem("s0", "no number")).ShouldBeFalse();
        problems.Snapshot().Select(p => (p.Path, p.Count)).ShouldBe([("s0", 2), ("s1", 1)]);

        _time.Advance(TimeSpan.FromSeconds(1));
        problems.Note(new StateProblem("s0", "no number")).ShouldBeTrue();
        for (var i = 0; i < 2 * ProblemLog.Most; i++)
        {
            problems.Note(new StateProblem($"x{i}", "no number"));
        }

        problems.Snapshot().Count.ShouldBe(ProblemLog.Most);
    }
}
