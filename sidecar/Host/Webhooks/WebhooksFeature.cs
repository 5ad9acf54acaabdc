using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Webhooks.Internal;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.Webhooks;

/// <summary>
/// Webhooks: programs and devices that can only send a request become devices (docs/http.md). The section <c>webhooks</c> of
/// <c>bridge.yaml</c> names a secret for each; whoever knows it says what that device shows, and nothing else. Of several sidecars
/// one takes them at a time.
/// </summary>
public static class WebhooksFeature
{
    /// <summary>Where they arrive; the secret follows. Public: the secret stands for the token.</summary>
    public const string Path = "/api/webhook";

    /// <summary>Which webhooks.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Section(
            "Webhooks", "Devices that send requests",
            (options, section) => options.With(new WebhooksOptions { Entries = WebhookEntries.Read(section) })),
    ];

    /// <summary>Registers it.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services)
    {
        services.TryAddSingleton<AnnounceRequest>();
        return services
            .AddSingleton<WebhooksService>()
            .AddSingleton<WebhookEndpoint>()
            .AddHostedService(provider => provider.GetRequiredService<WebhooksService>());
    }

    /// <summary>Maps the endpoint.</summary>
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<WebhookEndpoint>();
        routes.MapMethods(Path + "/{secret}", ["POST", "PUT"], (RequestDelegate)endpoint.TakeAsync);
    }
}
