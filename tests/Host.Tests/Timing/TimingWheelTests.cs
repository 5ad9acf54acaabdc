using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Timing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Timing;

public sealed class TimingWheelTests
{
    private readonly List<string> _fellDue = [];
    private TimingWheel<string> _wheel = null!;

    [SetUp]
    public void Make()
    {
        _fellDue.Clear();
        _wheel = new TimingWheel<string>(TimeSpan.FromMilliseconds(250));
    }

    [Test]
    public void An_item_falls_due_never_early_and_at_most_one_tick_late()
    {
        _wheel.Schedule("hall", 1_010);

        _wheel.Advance(1_009, _fellDue.Add);
        _fellDue.ShouldBeEmpty();
        _wheel.Advance(1_260, _fellDue.Add);

        _fellDue.ShouldBe(["hall"]);
        _wheel.Count.ShouldBe(0);
    }

    [Test]
    public void An_item_beyond_one_turn_of_the_wheel_waits_for_its_own_turn()
    {
        var turn = 256 * 250;
        _wheel.Schedule("soon", 1_000);
        _wheel.Schedule("later", 1_000 + turn);
        _wheel.Schedule("much_later", 1_000 + (10 * turn));

        _wheel.Advance(2_000, _fellDue.Add);
        _fellDue.ShouldBe(["soon"]);
        _wheel.Advance(turn + 2_000, _fellDue.Add);
        _fellDue.ShouldBe(["soon", "later"]);
        _wheel.Count.ShouldBe(1);
    }

    [Test]
    public void A_long_pause_makes_everything_due_once()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _wheel.Schedule($"device{i}", i * 700);
        }

        _wheel.Advance(100_000_000, _fellDue.Add);

        _fellDue.Count.ShouldBe(1_000);
        _fellDue.Distinct().Count().ShouldBe(1_000);
    }

    [Test]
    public void What_is_scheduled_for_the_past_falls_due_at_the_next_tick()
    {
        _wheel.Advance(60_000, _fellDue.Add);
        _wheel.Schedule("late", 5);

        _wheel.Advance(60_250, _fellDue.Add);

        _fellDue.ShouldBe(["late"]);
    }

    [Test]
    public void What_falls_due_may_be_scheduled_again_at_once()
    {
        _wheel.Schedule("hall", 1_000);
        _wheel.Advance(1_500, item => _wheel.Schedule(item, 2_000));

        _wheel.Advance(2_500, _fellDue.Add);

        _fellDue.ShouldBe(["hall"]);
    }
}
