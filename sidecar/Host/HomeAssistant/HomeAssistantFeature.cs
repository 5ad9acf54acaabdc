using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.HomeAssistant.Internal.Hub;
using HaNatsBridge.Host.HomeAssistant.Internal.Transport;
using Microsoft.AspNetCore.SignalR;

namespace HaNatsBridge.Host.HomeAssistant;

/// <summary>
/// HomeAssistant: the SignalR hub at <c>/hub</c> that Home Assistant's integration, a dashboard or a test talks to (contract/protocol.md).
/// <para>
/// <c>Log/</c> is the heart: one change log for all clients, in which each device, state, removal, event and issue stands once, at the place of its last change.
/// A client is only a position in it (<c>Frames/ClientFeed</c>), so a slow one costs nothing and finds the newest states. <c>Hub/</c> is the calls:
/// Hello, Listen, Command (→ <see cref="Commands.ICommandRouter"/>), Report (→ <c>home.events.…</c>, acknowledged) and Diagnostics. <c>Transport/</c> brings SignalR's hub
/// its bytes without a thread switch.
/// </para>
/// The token is checked before, by Admin's gate. Meter: <c>HaNatsBridge.HomeAssistant</c>.
/// </summary>
public static class HomeAssistantFeature
{
    /// <summary>Where the hub is.</summary>
    public const string Path = "/hub";

    private const int LargestRecord = 1024 * 1024;
    private const int CallsAtOnce = 64;

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
            .AddSingleton<FeedMetrics>()
            .AddSingleton<ClientSessions>()
            .AddSingleton<ReportPublisher>()
            .AddSingleton<DiagnosticsWriter>()
            .AddSingleton<HubParts>()
            .AddSingleton<HubEndpoint>()
            .AddSingleton<IHealthContributor, HubHealth>()
            .AddHostedService<HubService>();
    }

    /// <summary>Maps the hub: WebSockets only.</summary>
    public static void MapHomeAssistant(this IEndpointRouteBuilder routes)
    {
        var hub = routes.ServiceProvider.GetRequiredService<HubEndpoint>();
        routes.MapGet(Path, (RequestDelegate)hub.ServeAsync);
        routes.MapPost($"{Path}/negotiate", (RequestDelegate)HubEndpoint.NegotiateAsync);
    }
}
