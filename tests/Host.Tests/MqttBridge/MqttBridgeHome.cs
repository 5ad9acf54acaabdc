using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.MqttBridge;
using HaNatsBridge.Host.MqttBridge.Internal;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Host.Tests.MqttBridge;

/// <summary>A home with everything that devices of a broker need.</summary>
internal sealed class MqttBridgeHome(TestHome home) : IAsyncDisposable
{
    public static readonly DeviceId Plug = new("mqtt", "plug");

    /// <summary>The discovery message of <see cref="Plug"/>.</summary>
    public const string PlugConfig =
        """
        {"unique_id":"plug_relay","name":"Relay","device":{"identifiers":["plug"],"name":"Plug"},
         "state_topic":"plug/state","command_topic":"plug/set"}
        """;

    public const string PlugTopic = "homeassistant/switch/plug/relay/config";
    public static readonly EntityId Relay = new(Plug, "plug_relay");

    public TestHome Home => home;

    public IReadOnlyList<BrokerBridge> Bridges => home.Get<MqttBridgeService>().Bridges;

    public BrokerBridge Bridge => Bridges.Single();

    public static async Task<MqttBridgeHome> StartAsync(
        string? program = null, string? folder = null, Func<BridgeOptions, BridgeOptions>? options = null, params string[] brokers)
    {
        var home = await TestHome.StartAsync(
            services => services.AddStorage().AddFleet().AddLeadership().AddAvailability().AddDeviceConnections().AddRegistry()
                .AddState().AddCommands().AddPictures().AddChanges().AddMqttBridge(),
            program,
            folder,
            now =>
            {
                var set = options?.Invoke(now) ?? now;
                return set.With(set.Of<MqttBridgeOptions>() with { Brokers = [.. brokers.Select(BrokerAddress.Parse)] });
            });
        return new MqttBridgeHome(home);
    }

    public Task ConnectedAsync() => Eventually.TrueAsync(() => Bridges is [{ IsConnected: true }, ..], "the broker is connected", Patience);

    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(60);

    public Task OnlineAsync(bool isOnline = true, DeviceId? device = null) => Eventually.TrueAsync(
        () => home.Get<IDeviceRegistry>().TryGet(device ?? Plug, out var found) && found.Availability.Online == isOnline,
        $"{device ?? Plug} is {(isOnline ? "online" : "offline")}",
        Patience);

    public Task GoneAsync() =>
        Eventually.TrueAsync(() => !home.Get<IDeviceRegistry>().TryGet(Plug, out _), "the plug is gone", Patience);

    public string? StateOf(EntityId entity) =>
        home.Get<IStateStore>().TryGet(entity, out var state) ? Encoding.UTF8.GetString(state.Value.Span) : null;

    public Task StateAsync(string expected) =>
        Eventually.TrueAsync(() => StateOf(Relay) == expected, $"the state is {expected}", Patience);

    public ValueTask<CommandOutcome> ExecuteAsync(string action) => home.Get<ICommandRouter>().ExecuteAsync(
        new CommandRequest { Entity = Relay, Action = action, Params = JsonElement.Parse("{}"), Origin = "test" }, CancellationToken.None);

    public ValueTask DisposeAsync() => home.DisposeAsync();
}
