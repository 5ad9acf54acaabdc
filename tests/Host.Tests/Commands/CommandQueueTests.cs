using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

public sealed class CommandQueueTests
{
    private static readonly DeviceId Lamp = new("light", "lamp");

    [Test]
    public void A_device_takes_so_many_and_the_next_waits_until_one_leaves()
    {
        var queue = new CommandQueue(() => 2);
        var first = queue.TryJoin(Lamp)!;
        var second = queue.TryJoin(Lamp)!;
        var third = queue.TryJoin(Lamp)!;
        first.SetPublished();
        second.SetPublished();
        var waiting = third.WaitAsync(CancellationToken.None).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        queue.TryJoin(new DeviceId("light", "other"))!.WaitAsync(CancellationToken.None).AsTask().IsCompleted.ShouldBeTrue();
        first.Dispose();
        waiting.Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();
    }

    [Test]
    public async Task A_command_is_published_after_the_one_before_it()
    {
        var queue = new CommandQueue(() => 16);
        using var first = queue.TryJoin(Lamp)!;
        using var second = queue.TryJoin(Lamp)!;
        var waiting = second.WaitAsync(CancellationToken.None).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        first.SetPublished();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Test]
    public async Task One_that_gives_up_holds_up_nobody()
    {
        var queue = new CommandQueue(() => 1);
        var first = queue.TryJoin(Lamp)!;
        var impatient = queue.TryJoin(Lamp)!;
        var patient = queue.TryJoin(Lamp)!;
        using var end = new CancellationTokenSource();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(impatient.WaitAsync(end.Token).AsTask());
        impatient.Dispose();
        first.Dispose();
        await patient.WaitAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        patient.Dispose();
        using var next = queue.TryJoin(Lamp)!;
        next.WaitAsync(CancellationToken.None).AsTask().IsCompleted.ShouldBeTrue();
    }

    [Test]
    public void A_program_that_runs_wild_is_refused_and_others_are_not()
    {
        var queue = new CommandQueue(() => 1);
        for (var i = 0; i <= CommandQueue.MaxWaiting; i++)
        {
            queue.TryJoin(Lamp).ShouldNotBeNull();
        }

        queue.TryJoin(Lamp).ShouldBeNull();
        queue.TryJoin(new DeviceId("light", "other")).ShouldNotBeNull();
    }

    [Test]
    public void A_device_that_says_how_many_commands_it_takes_is_asked_no_more()
    {
        var queue = new CommandQueue(() => 16);
        var other = new DeviceId("light", "other");
        bool[] Ask(DeviceId device, int? maxCommands) =>
        [
            .. Enumerable.Range(0, 4).Select(_ =>
            {
                var turn = queue.TryJoin(device, maxCommands)!;
                turn.SetPublished();
                return turn.WaitAsync(CancellationToken.None).AsTask().IsCompleted;
            }),
        ];

        Ask(Lamp, 2).ShouldBe([true, true, false, false]);
        Ask(other, null).ShouldBe([true, true, true, true]);
    }

    [Test]
    public async Task A_limit_that_was_raised_lets_those_go_that_wait_and_a_lower_one_stops_no_one_twice()
    {
        var queue = new CommandQueue(() => 16);
        var first = queue.TryJoin(Lamp, 1)!;
        var second = queue.TryJoin(Lamp, 1)!;
        var waiting = second.WaitAsync(CancellationToken.None).AsTask();
        first.SetPublished();
        waiting.IsCompleted.ShouldBeFalse();

        var third = queue.TryJoin(Lamp, 3)!;
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        second.SetPublished();
        await third.WaitAsync(CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        third.SetPublished();

        var fourth = queue.TryJoin(Lamp, 1)!;
        var last = fourth.WaitAsync(CancellationToken.None).AsTask();
        first.Dispose();
        second.Dispose();
        last.IsCompleted.ShouldBeFalse("one is still unanswered");
        third.Dispose();
        await last.WaitAsync(TimeSpan.FromSeconds(10));
        fourth.Dispose();
    }
}
