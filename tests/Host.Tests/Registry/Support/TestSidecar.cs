using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>
/// Registry, availability and connections as one sidecar runs them, on a real server. Several may run on the same.
/// </summary>
internal sealed class TestSidecar : IAsyncDisposable, IDeviceRegistryListener
{
    private readonly ServiceProvider _services;
    private readonly TestLink _link;
    private bool _isStopped;

    private TestSidecar(ServiceProvider services, TestLink link) => (_services, _link) = (services, link);

    public IDeviceRegistry Registry => Get<IDeviceRegistry>();

    public IDeviceAvailability Availability => Get<IDeviceAvailability>();

    public IRepairs Repairs => Get<IRepairs>();

    public TestStorage Storage => (TestStorage)Get<IHomeStorage>();

    /// <summary>
    /// What a listener was called with: <c>changed climate.hall</c>, <c>removed …</c>, <c>online …</c>, <c>offline …</c>.
    /// </summary>
    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>The lines of its log.</summary>
    public IEnumerable<string> Log => Get<TestLog>().Lines;

    public static async Task<TestSidecar> StartAsync(
        string url, bool withSystem = true, TestTimings? timings = null, TimeProvider? time = null, bool waitUntilReady = true,
        int replicas = 1, string? systemUrl = null, Action<IServiceCollection>? add = null)
    {
        var link = await TestLink.OpenAsync(url, withSystem, systemUrl);
        var storage = await TestStorage.OpenAsync(link.Home, replicas);
        var collection = new ServiceCollection()
            .AddSingleton<TestLog>()
            .AddSingleton<ILoggerProvider>(provider => provider.GetRequiredService<TestLog>())
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug))
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton<IHomeLink>(link)
            .AddSingleton<IHomeStorage>(storage)
            .AddSingleton<StreamFollower>()
            .AddSingleton(SettingsFeature.Fixed(new BridgeOptions()))
            .AddRepairs()
            .AddLeadership()
            .AddAvailability()
            .AddDeviceConnections()
            .AddRegistry();
        (timings ?? TestTimings.Quick).Add(collection);
        add?.Invoke(collection);
        var services = collection.BuildServiceProvider();
        var sidecar = new TestSidecar(services, link);
        sidecar.Registry.Subscribe(sidecar);
        foreach (var service in services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        if (waitUntilReady)
        {
            await sidecar.Registry.Ready.WaitAsync(TimeSpan.FromSeconds(10));
        }

        return sidecar;
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public bool IsOnline(DeviceId id) => Registry.TryGet(id, out var device) && device.Availability.Online;

    /// <summary>As after SIGKILL: the connections are gone, and nothing is published or written any more.</summary>
    public async Task KillAsync()
    {
        _isStopped = true;
        await _link.DisposeAsync();
        await StopServicesAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_isStopped)
        {
            _isStopped = true;
            await StopServicesAsync();
            await _link.DisposeAsync();
        }

        await _services.DisposeAsync();
    }

    public void DeviceChanged(RegisteredDevice device) => Events.Enqueue($"changed {device.Description.Id}");

    public void DeviceRemoved(DeviceId id) => Events.Enqueue($"removed {id}");

    public void AvailabilityChanged(RegisteredDevice device) =>
        Events.Enqueue($"{(device.Availability.Online ? "online" : "offline")} {device.Description.Id}");

    private async Task StopServicesAsync()
    {
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        foreach (var service in _services.GetServices<IHostedService>().Reverse())
        {
            await service.StopAsync(bounded.Token);
        }
    }

    private sealed class TestLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var line = formatter(state, exception);
            Lines.Enqueue(line);
            TestContext.Out.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {eventId.Id} {line} {exception}");
        }

        public void Dispose()
        {
            // Nothing to close: the test's own output takes it.
        }
    }
}
