using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-40: how long to wait between two rounds over the servers.</summary>
public sealed class Adr40BackoffRules
{
    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public void Waits_double_and_stay_below_the_cap_with_jitter_on_either_side()
    {
        var opts = new NatsOpts { ReconnectWaitMin = TimeSpan.FromMilliseconds(100), ReconnectWaitMax = TimeSpan.FromSeconds(1), ReconnectJitter = TimeSpan.FromMilliseconds(100) };
        Backoff.Delay(opts, 1, 0).ShouldBe(TimeSpan.FromMilliseconds(100));
        Backoff.Delay(opts, 2, 0.5).ShouldBe(TimeSpan.FromMilliseconds(250));
        foreach (var round in new[] { 4, 5, 40, int.MaxValue })
        {
            Backoff.Delay(opts, round, 0.999).ShouldBeInRange(TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(1));
            Backoff.Delay(opts, round, 0).ShouldBeInRange(TimeSpan.FromMilliseconds(800), TimeSpan.FromSeconds(1));
        }
    }

    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public void The_first_minute_of_an_outage_never_waits_longer_than_a_second_when_so_configured()
    {
        var opts = new NatsOpts { ReconnectWaitMin = TimeSpan.FromSeconds(1), ReconnectWaitMax = TimeSpan.FromSeconds(1) };
        for (var round = 1; round < 100; round++)
        {
            Backoff.Delay(opts, round, round / 100.0).ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        }
    }
}
