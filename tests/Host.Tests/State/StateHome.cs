using System.Diagnostics;
using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>A sidecar with state, commands and hub over a real nats-server; the registry is filled by the test.</summary>
public sealed class StateHome : IAsyncDisposable
{
    private readonly TestHome _home;

    private StateHome(TestHome home, InMemoryRegistry registry, NatsConnection device)
    {
        _home = home;
        Registry = registry;
        Device = device;
    }

    public InMemoryRegistry Registry { get; }

    /// <summary>A device's own connection, without credentials on loopback.</summary>
    public NatsConnection Device { get; }

    public IHomeStorage Storage => _home.Get<IHomeStorage>();

    public TestHome Home => _home;

    public IStateStore States => _home.Get<IStateStore>();

    public ICommandRouter Commands => _home.Get<ICommandRouter>();

    public static async Task<StateHome> StartAsync(
        InMemoryRegistry? registry = null,
        string? program = null,
        string? dataFolder = null,
        TimeProvider? time = null,
        Func<IServiceCollection, IServiceCollection>? add = null,
        long? maxBytes = null)
    {
        registry ??= new InMemoryRegistry();
        var home = await TestHome.StartAsync(
            services =>
            {
                services.AddStorage().AddState().AddCommands().AddPictures().AddChanges().AddHomeAssistant().AddInMemory(registry);
                services = time is null ? services : services.AddSingleton(time);
                return add?.Invoke(services) ?? services;
            },
            program,
            dataFolder,
            options => options.With(new StorageOptions { MaxBytes = maxBytes }),
            app =>
            {
                app.MapHomeAssistant();
                app.MapPictures();
            });
        var result = new StateHome(home, registry, home.Client(NatsOpts.Default with { Name = "device" }));
        await home.OrNoneAsync(async _ =>
        {
            await result.Device.ConnectAsync();
            await result.States.Ready.WaitAsync(TimeSpan.FromSeconds(30));
        });
        return result;
    }

    /// <summary>A second sidecar on the first one's nats-server.</summary>
    public static async Task<StateHome> BesideAsync(StateHome first, InMemoryRegistry registry)
    {
        var access = first._home.Get<EmbeddedServer>().Access;
        var login = $"nats://{access.Home.User}:{access.Home.Password}@";
        var url = access.Url.Replace("nats://", login, StringComparison.Ordinal);
        var home = await TestHome.StartAsync(
            services => services.AddStorage().AddState().AddCommands().AddPictures().AddChanges().AddHomeAssistant().AddInMemory(registry),
            options: o => o with { Nats = o.Nats with { Url = url } },
            map: app => app.MapHomeAssistant());
        var device = new NatsConnection(NatsOpts.Default with { Url = access.Url, Name = "device" });
        var result = new StateHome(home, registry, device);
        await home.OrNoneAsync(_ => result.States.Ready.WaitAsync(TimeSpan.FromSeconds(30)));
        return result;
    }

    /// <summary>Publishes as a device does: no answer awaited.</summary>
    public ValueTask PublishAsync(string subject, string payload, NatsHeaders? headers = null) =>
        Device.PublishAsync<ReadOnlyMemory<byte>>(
            subject, Encoding.UTF8.GetBytes(payload), headers, serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default);

    /// <summary>The entity's state as text; null when there is none.</summary>
    public string? StateOf(string entity)
    {
        var dot = entity.LastIndexOf('.');
        var key = entity[(dot + 1)..];
        return DeviceId.TryParse(entity[..dot], out var device) && States.TryGet(new EntityId(device, key), out var state)
            ? Encoding.UTF8.GetString(state.Value.Span) : null;
    }

    public Task IsAsync(string entity, string? value) =>
        Eventually.TrueAsync(() => StateOf(entity) == value, $"{entity} is {value ?? "without a state"}, but {StateOf(entity)}");

    public async Task<HubClientAndView> ListenAsync()
    {
        var client = await HomeAssistant.HubClient.ConnectAsync(_home.Url, _home.Token);
        return new HubClientAndView(client, await client.ListenAsync());
    }

    /// <summary>SIGKILL to the nats-server; it is started again by the sidecar.</summary>
    public void KillServer()
    {
        using var process = Process.GetProcessById(_home.Get<EmbeddedServer>().Running!.Pid);
        process.Kill();
    }

    public async ValueTask DisposeAsync()
    {
        await Device.DisposeAsync();
        await _home.DisposeAsync();
    }

    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
