using HaNatsBridge.Host.Leadership.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace HaNatsBridge.Host.Leadership;

/// <summary>
/// Leadership: of several sidecars one does what must be done by one. A lease is a key in KV <c>leases</c>, renewed by
/// compare-and-set every 2 s. A leader that could not renew it for 4 s stops; the others take it when there is no responder on
/// <c>home.leadership.{job}.{instance}</c> any more, or 6 s after its last renewal.
/// </summary>
public static class LeadershipFeature
{
    /// <summary>Registers <see cref="ILeadership"/>.</summary>
    public static IServiceCollection AddLeadership(this IServiceCollection services)
    {
        services.AddSingleton(new LeaseTimings());
        services.TryAddSingleton<Subscriptions>();
        return services
            .AddBucket(home => new BucketDeclaration(home.Names.LeasesBucket, "Who does what must be single"))
            .AddSingleton<ILeadership, LeaseFactory>();
    }
}
