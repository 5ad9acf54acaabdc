using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.RestGateway.Internal;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.RestGateway;

/// <summary>
/// RestGateway: devices for programs that speak no NATS (docs/http.md): list, states, commands, announcements, and states of
/// devices without a credential. The token is checked before, by Admin's gate.
/// </summary>
public static class RestGatewayFeature
{
    /// <summary>Registers it.</summary>
    public static IServiceCollection AddRestGateway(this IServiceCollection services)
    {
        services.TryAddSingleton<AnnounceRequest>();
        return services.AddSingleton<DeviceReads>().AddSingleton<DeviceCommands>().AddSingleton<DeviceWrites>();
    }

    /// <summary>Maps the endpoints.</summary>
    public static void MapRestGateway(this IEndpointRouteBuilder routes)
    {
        var reads = routes.ServiceProvider.GetRequiredService<DeviceReads>();
        var commands = routes.ServiceProvider.GetRequiredService<DeviceCommands>();
        var writes = routes.ServiceProvider.GetRequiredService<DeviceWrites>();
        routes.MapGet("/api/devices", (RequestDelegate)reads.ListAsync);
        routes.MapGet("/api/devices/{type}/{id}", (RequestDelegate)reads.GetAsync);
        routes.MapPost("/api/devices/{type}/{id}/{key}/{action}", (RequestDelegate)commands.PostAsync);
        routes.MapPost("/api/devices/{type}/{id}/state", (RequestDelegate)writes.StateAsync);
        routes.MapPost("/api/announce", (RequestDelegate)writes.AnnounceAsync);
    }
}
