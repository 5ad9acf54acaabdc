using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using HaNatsBridge.Host.HomeAssistant.Internal.Messages;
using HaNatsBridge.Host.HomeAssistant.Internal.Requests;
using HaNatsBridge.Host.Storage;
using Microsoft.AspNetCore.Http.Connections;

namespace HaNatsBridge.Host.HomeAssistant;

/// <summary>
/// HomeAssistant: the SignalR hub at <c>/hub</c> that Home Assistant's integration, a dashboard or a test talks to
/// (contract/protocol.md).
/// <para>
/// <c>Hub/</c> is the calls: Hello, Listen, Command (→ <see cref="Commands.ICommandRouter"/>), Report (→ <c>home.events.…</c>,
/// acknowledged), Diagnostics, Forget (→ <see cref="Registry.IDeviceRemoval"/>), Take and Answer. <c>Frames/</c> reads the changes
/// (<see cref="Changes.IChanges"/>) for each client. <c>Messages/</c> sends a client's own messages on NATS and delivers those that
/// it subscribes to. <c>Requests/</c> hands what programs on NATS request to one Home Assistant.
/// </para>
/// The token is checked before, by Admin's gate. Meter: <c>HaNatsBridge.HomeAssistant</c>.
/// </summary>
public static class HomeAssistantFeature
{
    /// <summary>Where the hub is.</summary>
    public const string Path = "/hub";

    private const int LargestRecord = 1024 * 1024;
    private const int CallsAtOnce = 64;

    /// <summary>How long a client may take to accept a message; ClientSessions has sent it the reason before.</summary>
    private static readonly TimeSpan MaySend = ClientSessions.MayBeSlow + TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take to answer the end of a connection.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>Registers the hub.</summary>
    public static IServiceCollection AddHomeAssistant(this IServiceCollection services)
    {
        services.AddSignalR(options =>
        {
            options.MaximumParallelInvocationsPerClient = CallsAtOnce;
            options.MaximumReceiveMessageSize = LargestRecord;
            options.KeepAliveInterval = TimeSpan.FromSeconds(10);
            options.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
            options.HandshakeTimeout = TimeSpan.FromSeconds(10);
            options.EnableDetailedErrors = false;
        });
        services.AddMetrics();
        return services
            .AddStream(home => new StreamDeclaration(home.Names.EventsStream, "Home Assistant's own events", StorageDeclarations.Gibibyte)
            {
                // What a client reports again after a lost answer is stored once, also after an outage that is longer than the default.
                Subjects = [home.Subjects.Events.All], MaxAge = TimeSpan.FromDays(7), DuplicateWindow = TimeSpan.FromHours(1),
            })
            .AddSingleton<FeedMetrics>()
            .AddSingleton<ClientSessions>()
            .AddSingleton<ReportPublisher>()
            .AddSingleton<HomeAssistantRequests>()
            .AddHostedService<RequestService>()
            .AddHostedService<PresenceService>()
            .AddSingleton<DiagnosticsWriter>()
            .AddSingleton<MessageConnection>()
            .AddSingleton<LastMessages>()
            .AddSingleton<MessageFeed>()
            .AddSingleton<MessageSender>()
            .AddSingleton<ClientMessages>()
            .AddSingleton<HubParts>()
            .AddSingleton<IHealthContributor, HubHealth>()
            .AddHostedService<HubService>();
    }

    /// <summary>Maps the hub: WebSockets only.</summary>
    public static void MapHomeAssistant(this IEndpointRouteBuilder routes) => routes.MapHub<BridgeHub>(Path, options =>
    {
        options.Transports = HttpTransportType.WebSockets;
        options.TransportSendTimeout = MaySend;
        options.WebSockets.CloseTimeout = Farewell;
    });
}
