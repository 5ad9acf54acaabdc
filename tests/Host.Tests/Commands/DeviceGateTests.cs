using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Commands.Internal;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

public sealed class DeviceGateTests
{
    private static readonly DeviceId Lamp = new("light", "lamp");

    [Test]
    public void Sixteen_are_in_flight_and_the_next_is_busy_until_one_leaves()
    {
        var gate = new DeviceGate(() => new CommandOptions(), new FakeTimeProvider());
        for (var i = 0; i < 16; i++)
        {
            gate.TryEnter(Lamp).ShouldBeNull();
        }

        gate.TryEnter(Lamp).ShouldBe(new DeviceGate.Refusal(true, null));
        gate.TryEnter(new DeviceId("light", "other")).ShouldBeNull();
        gate.Leave(Lamp);
        gate.TryEnter(Lamp).ShouldBeNull();
    }

    [Test]
    public void A_burst_is_used_up_and_comes_back_with_time()
    {
        var time = new FakeTimeProvider();
        var gate = new DeviceGate(() => new CommandOptions(), time);
        for (var i = 0; i < 64; i++)
        {
            gate.TryEnter(Lamp).ShouldBeNull();
            gate.Leave(Lamp);
        }

        gate.TryEnter(Lamp).ShouldBe(new DeviceGate.Refusal(false, TimeSpan.FromSeconds(1.0 / 32)), "and it is known when there is room again");
        time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 32; i++)
        {
            gate.TryEnter(Lamp).ShouldBeNull();
            gate.Leave(Lamp);
        }

        gate.TryEnter(Lamp)!.Value.IsBusy.ShouldBeFalse();
    }

    [Test]
    public void A_gateway_that_needs_more_is_given_more()
    {
        var gate = new DeviceGate(() => new CommandOptions { PerSecond = 500, InFlight = 200 }, new FakeTimeProvider());
        for (var i = 0; i < 1_000; i++)
        {
            gate.TryEnter(Lamp).ShouldBeNull();
            gate.Leave(Lamp);
        }

        gate.TryEnter(Lamp)!.Value.RetryAfter.ShouldBe(TimeSpan.FromMilliseconds(2));
    }
}
