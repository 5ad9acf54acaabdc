using System.Security.Cryptography;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.Changes;

/// <summary>
/// Changes: the one source inside the process of what changed in the home (<see cref="IChanges"/>), fed by registry, states,
/// repairs and link. The hub reads it for its clients; whatever else follows the home reads it too.
/// </summary>
public static class ChangesFeature
{
    /// <summary>Registers <see cref="IChanges"/>.</summary>
    public static IServiceCollection AddChanges(this IServiceCollection services) => services
        .AddSingleton(provider => new ChangeLog(
            provider.GetRequiredService<TimeProvider>(), RandomNumberGenerator.GetHexString(16, lowercase: true)))
        .AddSingleton<IChanges>(provider => provider.GetRequiredService<ChangeLog>())
        .AddSingleton<LinkWatch>()
        .AddSingleton<IHealthContributor, ChangesHealth>()
        .AddHostedService<ChangesService>();
}
