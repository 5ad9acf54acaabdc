using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Link;

public sealed class ReconnectPaceTests
{
    private static readonly (string Host, int Port) First = ("a", 4222);
    private static readonly (string Host, int Port) Second = ("b", 4222);
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void In_the_first_minute_of_an_outage_every_attempt_is_made_at_once()
    {
        using var pace = new ReconnectPace(_time, () => 0);
        for (var second = 0; second < 60; second++)
        {
            pace.Wait(First).ShouldBe(TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        pace.Wait(First).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Test]
    public void Later_the_waits_double_up_to_30_s_and_never_beyond()
    {
        using var pace = AfterAMinute(() => 0);
        Enumerable.Range(0, 7).Select(_ => pace.Wait(First).TotalSeconds).ShouldBe([2.0, 4, 8, 16, 30, 30, 30]);
    }

    [Test]
    public void Jitter_takes_up_to_a_quarter_so_that_clients_do_not_come_together()
    {
        using var pace = AfterAMinute(() => 1);
        pace.Wait(First).ShouldBe(TimeSpan.FromSeconds(1.5));
    }

    [Test]
    public void Several_addresses_are_tried_one_after_the_other_with_one_wait_for_all_of_them()
    {
        using var pace = AfterAMinute(() => 0);
        pace.Wait(Second).ShouldBe(TimeSpan.Zero);
        pace.Wait(First).ShouldBe(TimeSpan.FromSeconds(2));
        pace.Wait(Second).ShouldBe(TimeSpan.Zero);
        pace.Wait(First).ShouldBe(TimeSpan.FromSeconds(4));
    }

    [Test]
    public void After_a_connection_the_next_outage_starts_from_the_beginning()
    {
        using var pace = AfterAMinute(() => 0);
        pace.Wait(First);
        pace.Opened();
        pace.Wait(First).ShouldBe(TimeSpan.Zero);
        pace.Wait(First).ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public async Task When_the_server_is_known_to_be_there_the_wait_ends_and_the_next_ones_are_short_again()
    {
        using var pace = AfterAMinute(() => 0);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            pace.Wait(First);
        }

        var waiting = pace.BeforeAttemptAsync(First).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        pace.RetryNow();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(First);
        pace.Wait(First).ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Test]
    public async Task Stopping_ends_the_wait()
    {
        using var pace = AfterAMinute(() => 0);
        var waiting = pace.BeforeAttemptAsync(First).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        pace.Stop();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBe(First);
    }

    private ReconnectPace AfterAMinute(Func<double> random)
    {
        var pace = new ReconnectPace(_time, random);
        pace.Wait(First);
        _time.Advance(TimeSpan.FromMinutes(1));
        return pace;
    }
}
