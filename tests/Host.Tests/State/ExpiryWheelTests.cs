using HaNatsBridge.Host.State.Internal;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class ExpiryWheelTests
{
    private readonly List<EntitySlot> _expired = [];
    private FakeTimeProvider _time = null!;
    private ExpiryWheel _wheel = null!;
    private EntitySlot _slot = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new FakeTimeProvider();
        _wheel = new ExpiryWheel(_time);
        var description = InMemoryRegistry.Sensors("hall", 1);
        _slot = new EntitySlot(new DeviceSlot(description, new ProblemLog(_time)), description.Entities[0]);
        _expired.Clear();
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(256)]
    [TestCase(257)]
    [TestCase(4_000)]
    public void An_entity_expires_when_its_time_is_over_and_not_before(int seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(300.5));
        _slot.ExpireAfter = seconds * 1000;
        _wheel.Renew(_slot, TimeSpan.Zero).ShouldBeFalse();
        Pass(TimeSpan.FromSeconds(seconds - 0.1));
        _expired.ShouldBeEmpty();
        Pass(TimeSpan.FromSeconds(1.1));
        _expired.ShouldBe([_slot]);
        _wheel.Count.ShouldBe(0);
    }

    [Test]
    public void A_renewed_entity_lives_on_and_one_without_the_rule_for_ever()
    {
        _slot.ExpireAfter = 3_000;
        for (var i = 0; i < 20; i++)
        {
            _wheel.Renew(_slot, TimeSpan.Zero).ShouldBeFalse();
            Pass(TimeSpan.FromSeconds(2));
        }

        _expired.ShouldBeEmpty();
        _slot.ExpireAfter = 0;
        Pass(TimeSpan.FromHours(1));
        _expired.ShouldBeEmpty();
        _wheel.Count.ShouldBe(0);
    }

    [Test]
    public void An_older_state_lasts_for_the_rest_of_its_time_only()
    {
        _slot.ExpireAfter = 10_000;
        _wheel.Renew(_slot, TimeSpan.FromSeconds(10)).ShouldBeTrue();
        _wheel.Count.ShouldBe(0);

        _wheel.Renew(_slot, TimeSpan.FromSeconds(7)).ShouldBeFalse();
        Pass(TimeSpan.FromSeconds(2.9));
        _expired.ShouldBeEmpty();
        Pass(TimeSpan.FromSeconds(1.1));
        _expired.ShouldBe([_slot]);
    }

    [Test]
    public void A_deadline_moves_forward_and_is_not_forgotten()
    {
        _slot.ExpireAfter = 100_000;
        _wheel.Renew(_slot, TimeSpan.Zero);
        _wheel.Shorten(_slot, TimeSpan.FromSeconds(97)).ShouldBeFalse();
        _wheel.Shorten(_slot, TimeSpan.FromSeconds(50)).ShouldBeFalse("an age is a lower limit");
        Pass(TimeSpan.FromSeconds(4));
        _expired.ShouldBe([_slot]);

        _wheel.Renew(_slot, TimeSpan.Zero);
        _wheel.Shorten(_slot, TimeSpan.FromSeconds(100)).ShouldBeTrue();
        Pass(TimeSpan.FromSeconds(300));
        _expired.ShouldBe([_slot, _slot]);
        _wheel.Count.ShouldBe(0);
    }

    [Test]
    public void A_month_is_not_too_long()
    {
        _slot.ExpireAfter = 40L * 24 * 3600 * 1000;
        _wheel.Renew(_slot, TimeSpan.FromDays(39)).ShouldBeFalse();
        Pass(TimeSpan.FromHours(23));
        _expired.ShouldBeEmpty();
        Pass(TimeSpan.FromHours(1.1));
        _expired.ShouldBe([_slot]);
    }

    private void Pass(TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            _time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            _wheel.Advance(_expired);
        }
    }
}
