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
        _wheel.Renew(_slot);
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
            _wheel.Renew(_slot);
            Pass(TimeSpan.FromSeconds(2));
        }

        _expired.ShouldBeEmpty();
        _slot.ExpireAfter = 0;
        Pass(TimeSpan.FromHours(1));
        _expired.ShouldBeEmpty();
        _wheel.Count.ShouldBe(0);
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
