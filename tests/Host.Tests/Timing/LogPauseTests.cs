using HaNatsBridge.Host.Timing;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Timing;

public sealed class LogPauseTests
{
    [Test]
    public void One_line_passes_each_minute()
    {
        var time = new FakeTimeProvider();
        var pause = new LogPause(time);
        pause.TryPass().ShouldBeTrue();
        pause.TryPass().ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(61));
        pause.TryPass().ShouldBeTrue();
        pause.TryPass().ShouldBeFalse();
    }
}
