using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>A test with a server of its own, a sidecar on it, and devices that go with the test.</summary>
public abstract class RegistryTest(NatsServerVersion version)
{
    private readonly List<IAsyncDisposable> _owned = [];

    private protected static DeviceId Hall { get; } = new("climate", "hall");

    private protected static DeviceId Attic { get; } = new("climate", "attic");

    private protected static DeviceId Gateway { get; } = new("gateway", "attic");

    private protected NatsServerVersion Version { get; } = version;

    /// <summary>The clock of every sidecar of the test.</summary>
    private protected ShiftedTime Clock { get; private set; } = null!;

    private protected NatsServerProcess Server { get; private set; } = null!;

    private protected TestSidecar Sidecar { get; private set; } = null!;

    [SetUp]
    public async Task StartServer()
    {
        Clock = new ShiftedTime();
        Server = await HomeServer.StartAsync(Version);
        Sidecar = await StartSidecarAsync();
    }

    [TearDown]
    public async Task StopEverything()
    {
        try
        {
            foreach (var one in Enumerable.Reverse(_owned))
            {
                await one.DisposeAsync();
            }
        }
        finally
        {
            // Whatever went wrong: the next test has servers of its own, and this one's are gone.
            _owned.Clear();
            await Server.DisposeAsync();
        }
    }

    /// <summary>Starts a sidecar and waits until it answers.</summary>
    private protected async Task<TestSidecar> StartSidecarAsync(bool withSystem = true, TestTimings? timings = null)
    {
        var sidecar = await TestSidecar.StartAsync(Server.Url, withSystem, timings, Clock);
        _owned.Add(sidecar);
        await AnswersAsync(sidecar);
        return sidecar;
    }

    /// <summary>Kills the sidecar and starts another, which is <see cref="Sidecar"/> from then on.</summary>
    private protected async Task RestartSidecarAsync(Func<Task>? between = null, TestTimings? timings = null)
    {
        await Sidecar.KillAsync();
        if (between is not null)
        {
            await between();
        }

        Sidecar = await StartSidecarAsync(timings: timings);
    }

    private protected async Task<TestDevice> DeviceAsync(DeviceId id, string? user = null, string name = "device")
    {
        var device = await TestDevice.ConnectAsync(Server.Url, id, user, name);
        _owned.Add(device);
        return device;
    }

    /// <summary>A device that takes commands, and that the sidecar knows as online.</summary>
    private protected async Task<TestDevice> OnlineAsync(DeviceId id, object? more = null)
    {
        var device = await DeviceAsync(id);
        await device.ListenAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await device.AnnounceAsync(more)).GetProperty("ok").GetBoolean();
                }
                catch (NatsNoRespondersException)
                {
                    // The sidecar answers listings already; it is about to take announcements.
                    return false;
                }
            },
            $"{id} is accepted");
        await Eventually.TrueAsync(() => Sidecar.IsOnline(id), $"{id} is online");
        return device;
    }

    private protected string? WhyOf(DeviceId id) => Sidecar.Registry.TryGet(id, out var device) ? device.Availability.Why : null;

    private protected Task ConnectionKnownAsync(int count) =>
        Eventually.TrueAsync(() => Sidecar.Get<DeviceConnections>().Known == count, $"{count} connections are known");

    internal static async Task AnswersAsync(TestSidecar sidecar)
    {
        var probe = sidecar.Get<HaNatsBridge.Host.Link.IHomeLink>().Home;
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await probe.RequestAsync<byte[], byte[]>(
                        "home.discovery.devices",
                        [],
                        replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
                    return true;
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the sidecar answers");
    }
}
