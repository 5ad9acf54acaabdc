using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Timing;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Timing;

public sealed class OutageBackOffTests
{
    [Test]
    public void It_doubles_to_a_second_in_the_first_minute_then_to_the_longest_and_begins_anew_when_all_is_well()
    {
        var time = new FakeTimeProvider();
        var backOff = new OutageBackOff(time, TimeSpan.FromSeconds(30), () => 0);

        Pauses(backOff, 6).ShouldBe([100, 200, 400, 800, 1000, 1000]);
        time.Advance(TimeSpan.FromMinutes(1));
        Pauses(backOff, 6).ShouldBe([2000, 4000, 8000, 16000, 30000, 30000]);
        backOff.Reset();
        Pauses(backOff, 5).ShouldBe([100, 200, 400, 800, 1000]);
    }

    [Test]
    public void A_quarter_of_it_is_jitter() =>
        Pauses(new OutageBackOff(new FakeTimeProvider(), random: () => 0.5), 2).ShouldBe([87.5, 175]);

    private static IEnumerable<double> Pauses(OutageBackOff backOff, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => backOff.Next().TotalMilliseconds)];
}
