using System.Threading.Channels;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Every feature of Program.cs in this process, whose host is built anew after each requested restart.</summary>
public sealed class RestartingHome : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<WebApplication> _hosts = Channel.CreateUnbounded<WebApplication>();
    private readonly IDataFolder _folder;
    private readonly Task _ended;
    private WebApplication? _host;

    private RestartingHome(IDataFolder folder, HostRunner runner)
    {
        _folder = folder;
        _ended = runner.RunAsync(app => _hosts.Writer.WriteAsync(app).AsTask(), _stop.Token);
    }

    /// <summary>Where the hub and the API of the present host are.</summary>
    public Uri Url => new(_host!.Urls.First());

    public string Token => File.ReadAllText(_folder.TokenFile).Trim();

    /// <summary>Starts one with the settings, which name the data folder.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="add">Registers what differs from Program.cs.</param>
    public static async Task<RestartingHome> StartAsync(BridgeOptions options, Action<IServiceCollection> add)
    {
        Feature[] features =
        [
            .. Program.Features,
            new(null, services =>
            {
                add(services);
                return services;
            }),
        ];
        var folder = DataFolderFeature.Open(options);
        var home = new RestartingHome(
            folder, new HostRunner(SettingsFeature.Fixed(options), folder, features, new HurriedTime(), console: false));
        await home.NextAsync();
        return home;
    }

    /// <summary>Waits for the next host.</summary>
    public async Task NextAsync()
    {
        var next = _hosts.Reader.ReadAsync().AsTask();
        await (await Task.WhenAny(next, _ended).WaitAsync(Patience));
        _host = await next;
    }

    public T Get<T>()
        where T : notnull => _host!.Services.GetRequiredService<T>();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        (_folder as IDisposable)?.Dispose();
        _stop.Dispose();
    }
}
