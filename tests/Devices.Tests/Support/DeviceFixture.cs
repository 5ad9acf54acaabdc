using HaNatsBridge.Tests.Support;

// Each test has a server of its own, and mostly waits.
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: Parallelizable(ParallelScope.All)]
[assembly: LevelOfParallelism(4)]

namespace HaNatsBridge.Devices.Tests.Support;

/// <summary>A server, a home and a connection that runs.</summary>
internal abstract class DeviceFixture(NatsServerVersion version)
{
    private readonly CancellationTokenSource _stop = new();
    private Task _run = Task.CompletedTask;

    protected NatsServerProcess Server { get; private set; } = null!;

    protected Home Home { get; set; } = null!;

    protected DeviceConnection Connection { get; private set; } = null!;

    protected virtual string ServerConfig => "";

    protected static DeviceDescription Lamp() => new DeviceDescription("lamp", "desk", new { name = "Desk lamp" })
        .With("light", "light", new { name = (string?)null, supported_color_modes = new[] { "brightness" } })
        .With("power", "sensor", new { device_class = "power", unit_of_measurement = "W" })
        .With("button", "event", new { event_types = new[] { "press" } });

    [SetUp]
    public async Task StartServer() =>
        Server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, Config = ServerConfig });

    [TearDown]
    public async Task StopAll()
    {
        await _stop.CancelAsync();
        await _run;
        await (Home?.DisposeAsync() ?? default);
        await Server.DisposeAsync();
        _stop.Dispose();
    }

    protected async Task StartHomeAsync(bool answers = true) => Home = await Home.StartAsync(Server.Url, answers: answers);

    protected void Run(DeviceConnectionOptions options, params IEnumerable<Device> devices)
    {
        var isElsewhere = options.Url != new DeviceConnectionOptions().Url;
        Connection = new DeviceConnection(isElsewhere ? options : options with { Url = Server.Url }, random: new NoChance());
        foreach (var device in devices)
        {
            Connection.Add(device);
        }

        _run = Connection.RunAsync(_stop.Token);
    }

    protected void Run(params IEnumerable<Device> devices) => Run(new DeviceConnectionOptions(), devices);
}
