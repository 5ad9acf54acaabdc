using HaNatsBridge.Devices.Internal;
using Microsoft.Extensions.Time.Testing;

namespace HaNatsBridge.Devices.Tests;

internal sealed class AlarmTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task It_rings_when_it_is_time_and_once()
    {
        var alarm = new Alarm(_time);
        alarm.Schedule(TimeSpan.FromSeconds(3));
        var ringing = alarm.WaitAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(2));
        ringing.IsCompleted.ShouldBeFalse();

        _time.Advance(TimeSpan.FromSeconds(1));

        await ringing;
        alarm.WaitAsync(CancellationToken.None).IsCompleted.ShouldBeFalse();
    }

    [Test]
    public async Task An_earlier_time_counts_and_a_later_one_changes_nothing()
    {
        var alarm = new Alarm(_time);
        alarm.Schedule(TimeSpan.FromSeconds(30));
        var ringing = alarm.WaitAsync(CancellationToken.None);

        alarm.Schedule(TimeSpan.FromSeconds(60));
        ringing.IsCompleted.ShouldBeFalse();
        alarm.Schedule(TimeSpan.Zero);

        await ringing;
    }

    [Test]
    public async Task A_wait_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var ringing = new Alarm(_time).WaitAsync(stop.Token);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => ringing);
    }

    [Test]
    public void Waits_between_attempts_double_up_to_half_a_minute()
    {
        var backOff = new BackOff(new Chance(new Half()));

        Enumerable.Range(0, 8).Select(_ => backOff.Next().TotalSeconds).ShouldBe([1, 2, 4, 8, 16, 30, 30, 30]);
        backOff.Reset();
        backOff.Next().TotalSeconds.ShouldBe(1);
    }

    private sealed class Half : Random
    {
        public override double NextDouble() => 0.5;
    }
}
