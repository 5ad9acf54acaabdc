using System.Diagnostics;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

public sealed class StorageHealthTests
{
    private const int Stop = 19;
    private const int Continue = 18;

    [Test]
    public async Task A_look_that_had_no_answer_is_over_with_the_next_that_has_one()
    {
        await using var home = await TestHome.StartAsync(services => services
            .AddStorage().AddSingleton(new StorageTimings { Look = TimeSpan.FromMilliseconds(200) }).AddSingleton(new LinkTimings { Answer = TimeSpan.FromMilliseconds(500) }));
        var storage = home.Get<StorageService>();
        await home.Get<IHomeStorage>().Ready.WaitAsync(TimeSpan.FromSeconds(20));
        await Eventually.IsTrue(() => storage.Report().State == HealthState.Ok, "all is well");
        var pid = home.Get<EmbeddedServer>().Running!.Pid;
        ChildProcess.Signal(pid, Stop);
        try
        {
            await Eventually.IsTrue(() => storage.Report().State == HealthState.Degraded, "a look fails");
        }
        finally
        {
            ChildProcess.Signal(pid, Continue);
        }

        await Eventually.IsTrue(() => storage.Report().State == HealthState.Ok, "the next one is well");
        home.Link.Generation.ShouldBe(1, "without a reconnect, which would have mended it anyway");
    }
}
