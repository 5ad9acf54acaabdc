using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.State;
using HaNatsBridge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Everything that Program.cs composes, in this process, with a <c>bridge.yaml</c> and a nats-server of its own.</summary>
public sealed class ConfiguredHome : IAsyncDisposable
{
    private static readonly IReadOnlyList<Setting> Table = [.. Program.Features.SelectMany(feature => feature.Settings)];
    private readonly WebApplication _app;
    private readonly IDataFolder _folder;

    private ConfiguredHome(WebApplication app, IDataFolder folder)
    {
        (_app, _folder) = (app, folder);
        Web = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Web.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(folder.TokenFile).Trim());
    }

    /// <summary>The sidecar's API, with the token.</summary>
    public HttpClient Web { get; }

    public string NatsUrl => Get<IEmbeddedServer>().Access.Url;

    /// <summary>What a settings file comes to.</summary>
    public static BridgeOptions Read(TempFolder temp, string yaml)
    {
        File.WriteAllText(temp.Of("bridge.yaml"), yaml);
        var flags = new Dictionary<string, IReadOnlyList<string>>
        {
            ["--data"] = [temp.Of("data")],
            ["--listen"] = ["127.0.0.1:0"],
            ["--nats-listen"] = ["127.0.0.1:0"],
            ["--nats-server"] = [NatsServers.Newest],
            ["--no-zeroconf"] = ["true"],
        };
        return SettingsFeature.Read(Table, flags, null, new Dictionary<string, string>(), temp.Path).Current;
    }

    /// <summary>Starts one and waits until it is ready.</summary>
    public static async Task<ConfiguredHome> StartAsync(TempFolder temp, string yaml)
    {
        var options = Read(temp, yaml);
        var folder = DataFolderFeature.Open(options);
        var app = BridgeHost.Build(options, folder, Program.Features, console: false);
        await app.StartAsync();
        var home = new ConfiguredHome(app, folder);
        await Eventually.TrueAsync(async () => (await home.HealthAsync()).GetProperty("status").GetString() == "ok", "ready");
        return home;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>A program without credentials.</summary>
    public NatsConnection Client() => new(NatsOpts.Default with { Url = NatsUrl });

    public async Task<JsonElement> HealthAsync()
    {
        // Not ready yet is 503, with the same body.
        using var answer = await Web.GetAsync("/api/health");
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Waits for an entity's state, as normalised JSON.</summary>
    public async Task StateAsync(string entity, string json)
    {
        try
        {
            await Eventually.TrueAsync(() => StateOf(entity) == json, $"{entity} is {json}");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}; it is {StateOf(entity)}", exception);
        }
    }

    public string? StateOf(string entity)
    {
        var (device, key) = Split(entity);
        return Get<IStateStore>().TryGet(new EntityId(device, key), out var state) ? Encoding.UTF8.GetString(state.Value.Span) : null;
    }

    /// <summary>Waits until the registry has a device, and returns it.</summary>
    public async Task<RegisteredDevice> DeviceAsync(string id)
    {
        var device = Split($"{id}.").Device;
        RegisteredDevice? found = null;
        await Eventually.TrueAsync(() => Get<IDeviceRegistry>().TryGet(device, out found), $"{id} is known");
        return found!;
    }

    /// <summary>A command as Home Assistant sends it.</summary>
    public async Task<CommandOutcome> CommandAsync(string entity, string action, object? parameters = null)
    {
        var (device, key) = Split(entity);
        return await Get<ICommandRouter>().ExecuteAsync(
            new CommandRequest
            {
                Entity = new EntityId(device, key),
                Action = action,
                Params = JsonSerializer.SerializeToElement(parameters ?? new { }),
                Origin = "test",
            },
            CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Web.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        ((IDisposable)_folder).Dispose();
    }

    private static (DeviceId Device, string Key) Split(string entity)
    {
        var words = entity.Split('.');
        return (new DeviceId(words[0], words[1]), words[2]);
    }
}
