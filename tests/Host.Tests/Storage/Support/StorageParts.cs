using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Tests.Storage.Support;

/// <summary>The storage of one home on a server of others, with what all features declare, and nothing else.</summary>
internal sealed class StorageParts : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly TestLink _link;

    private StorageParts(ServiceProvider services, TestLink link) => (_services, _link) = (services, link);

    public IHomeStorage Storage => Get<IHomeStorage>();

    public StorageSetup Setup => Get<StorageSetup>();

    public StoreGuard Guard => Get<StoreGuard>();

    public StorageWatch Watch => Get<StorageWatch>();

    public StorageService Service => Get<StorageService>();

    public NoRestart Restart => (NoRestart)Get<IHostRestart>();

    public INatsJSContext JetStream => Storage.JetStream;

    /// <summary>Without the one that every test on the oldest server has.</summary>
    public IEnumerable<Repair> Repairs => Get<IRepairs>().Snapshot().Where(one => one.Key != StorageRepairs.OldServer.Key);

    /// <summary>Every stream and bucket that a feature declares.</summary>
    public static IEnumerable<ServiceDescriptor> Declared
    {
        get
        {
            var services = new ServiceCollection();
            foreach (var feature in Program.Features)
            {
                feature.Add(services);
            }

            return services.Where(one =>
                one.ImplementationInstance is Func<HomeLayout, StreamDeclaration> or Func<HomeLayout, BucketDeclaration>);
        }
    }

    /// <param name="url">The server.</param>
    /// <param name="prefix">The home's.</param>
    /// <param name="folder">Its data folder.</param>
    /// <param name="time">The clock; null: the real one.</param>
    /// <param name="maxBytes">The setting; null: not set.</param>
    /// <param name="timings">How often it looks; null: every hour, so that only the test does.</param>
    public static async Task<StorageParts> OpenAsync(
        string url,
        string prefix,
        TempFolder folder,
        TimeProvider? time = null,
        long? maxBytes = 64 * StorageDeclarations.Mebibyte,
        StorageTimings? timings = null)
    {
        var link = await TestLink.OpenAsync(url, withSystem: false);
        var options = new BridgeOptions { Data = folder.Path, Prefix = prefix }.With(new StorageOptions { MaxBytes = maxBytes });
        var services = new ServiceCollection()
            .AddLogging()
            .AddSingleton(time ?? TimeProvider.System)
            .AddSingleton<IHomeLink>(link)
            .AddSingleton<IHostRestart, NoRestart>()
            .AddSingleton<IHostApplicationLifetime, ApplicationLifetime>()
            .AddSingleton<IEmbeddedServer, NoServer>()
            .AddSettings(SettingsFeature.Fixed(options))
            .AddDataFolder(DataFolderFeature.OpenShared(options))
            .AddRepairs()
            .AddStorage()
            .AddSingleton(timings ?? new StorageTimings { Look = TimeSpan.FromHours(1) });
        foreach (var declaration in Declared)
        {
            services.Add(declaration);
        }

        return new StorageParts(services.BuildServiceProvider(), link);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Runs the service until the parts are disposed of.</summary>
    public async Task StartAsync() => await Service.StartAsync(CancellationToken.None);

    /// <summary>As the service does at the start.</summary>
    public async Task EnsureAsync()
    {
        await Setup.EnsureAsync(CancellationToken.None);
        await Guard.RememberAsync(Setup.StreamNames, CancellationToken.None);
    }

    /// <summary>As the service does every 15 s.</summary>
    public async Task LookAsync()
    {
        await Guard.CheckAsync(CancellationToken.None);
        await Setup.KeepSilentAsync(Guard.Streams, CancellationToken.None);
        await Watch.LookAsync(CancellationToken.None);
    }

    /// <summary>The names of the home's streams, those of its buckets too.</summary>
    public async Task<List<string>> NamesAsync(string start)
    {
        var names = new List<string>();
        await foreach (var name in JetStream.ListStreamNamesAsync())
        {
            var plain = name.StartsWith("KV_", StringComparison.Ordinal) ? name[3..] : name;
            if (plain.StartsWith(start, StringComparison.OrdinalIgnoreCase))
            {
                names.Add(name);
            }
        }

        return names;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await _link.DisposeAsync();
    }

    private sealed class NoServer : IEmbeddedServer
    {
        public event Action? Started
        {
            add { }
            remove { }
        }

        public bool IsUsed => false;

        public bool IsRunning => false;

        public ServerAccess Access => throw new InvalidOperationException();

        public long MaxFileStore => throw new InvalidOperationException();

        public Task<(string Program, Version Version)> FindProgramAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException();

        public Task<bool> ReloadUsersAsync(CancellationToken cancellationToken) => throw new InvalidOperationException();

        public Task<HomeCertificate> RenewCertificateAsync(CancellationToken cancellationToken) =>
            throw new InvalidOperationException();
    }
}
