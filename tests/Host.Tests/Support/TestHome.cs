using System.Collections.Concurrent;
using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>
/// A sidecar in this process, with its own embedded nats-server in a folder of its own and the features that the test names.
/// Everything ends with it.
/// </summary>
public sealed class TestHome : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, int> Ports = new();

    private readonly TempFolder? _temp;
    private readonly IDataFolder _folder;
    private readonly WebApplication _app;

    private TestHome(TempFolder? temp, IDataFolder folder, WebApplication app)
    {
        _temp = temp;
        _folder = folder;
        _app = app;
    }

    public IServiceProvider Services => _app.Services;

    public IDataFolder Folder => _folder;

    /// <summary>Where the hub and the API are.</summary>
    public Uri Url => new(_app.Urls.First());

    public string Token => File.ReadAllText(_folder.TokenFile).Trim();

    /// <summary>Where the embedded server is.</summary>
    public string NatsUrl => Get<IEmbeddedServer>().Access.Url;

    public IHomeLink Link => Get<IHomeLink>();

    /// <summary>Starts one.</summary>
    /// <param name="add">Registers the features under test; the frame, the embedded server and the link are always there.</param>
    /// <param name="program">Which nats-server; null: the newest.</param>
    /// <param name="dataFolder">A data folder to start again on; null: a new one that goes with the home.</param>
    /// <param name="options">Other settings.</param>
    /// <param name="map">Maps the endpoints of the features under test.</param>
    public static async Task<TestHome> StartAsync(
        Func<IServiceCollection, IServiceCollection>? add = null,
        string? program = null,
        string? dataFolder = null,
        Func<BridgeOptions, BridgeOptions>? options = null,
        Action<WebApplication>? map = null)
    {
        var temp = dataFolder is null ? new TempFolder() : null;
        var path = dataFolder ?? temp!.Path;

        // A port that no other test draws while this home's server is down.
        var listen = $"127.0.0.1:{Ports.GetOrAdd(path, _ => FreePort.Next())}";
        var settings = new BridgeOptions
        {
            Data = path,
            Listen = "127.0.0.1:0",
            LogLevel = "debug",
            Nats = new NatsOptions { ServerProgram = program ?? NatsServers.Newest, Listen = listen },
        };
        settings = options?.Invoke(settings) ?? settings;
        var folder = DataFolderFeature.Open(settings);
        Feature[] features =
        [
            new(null, services => services.AddRepairs().AddEmbedded().AddLink()),
            new(null, services => add?.Invoke(services) ?? services, map),
            new(null, services => services.AddAdmin(), app => app.MapAdmin()),
        ];
        var app = BridgeHost.Build(settings, folder, features, console: false);
        var home = new TestHome(temp, folder, app);
        return await home.OrNoneAsync(_ => app.StartAsync());
    }

    /// <summary>
    /// Waits for what this home needs before a test may have it; where that fails nothing of it is left behind.
    /// </summary>
    public async Task<TestHome> OrNoneAsync(Func<TestHome, Task> ready)
    {
        try
        {
            await ready(this);
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A client of the test's own, without credentials unless it is given some.</summary>
    public NatsConnection Client(NatsOpts? opts = null) => new((opts ?? NatsOpts.Default) with { Url = NatsUrl });

    /// <summary>Stops the sidecar and its server.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        (_folder as IDisposable)?.Dispose();
        _temp?.Dispose();
    }
}
