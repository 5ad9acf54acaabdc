using System.Diagnostics;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

public sealed class StreamGuardTests
{
    [Test]
    public async Task A_session_that_the_reconnect_itself_ends_keeps_the_news_from_nobody()
    {
        await using var home = await TestHome.StartAsync(services => services.AddStorage());
        var storage = home.Get<IHomeStorage>();
        await storage.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        using var session = new CancellationTokenSource();
        var guarding = Task.CompletedTask;
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        home.Link.Changed += change =>
        {
            if (change.IsUp)
            {
                // As the registry's follower does it; the guard has ended before its own turn comes.
                session.Cancel();
                guarding.Wait(TimeSpan.FromSeconds(10)).ShouldBeTrue();
            }
        };
        guarding = home.Get<IStreamGuard>().WatchAsync(storage.Names.EventsStream, DateTimeOffset.MinValue, () => 0, session);
        home.Link.Changed += change => _ = change.IsUp && heard.TrySetResult();

        using (var process = Process.GetProcessById(home.Get<EmbeddedServer>().Running!.Pid))
        {
            process.Kill();
        }

        await heard.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
