using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Storage.Internal;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Storage: the home's streams and buckets (docs/architecture.md, "Streams and buckets"), made, checked and kept in shape at the start and after each reconnect; the bridge id
/// and the format guard. A stream of ours with other subjects is refused by name and left alone; health says so until it is mended. Every 15 s
/// it looks how full they are (80 %: a metric and a repair) and whether a stream listens on <c>.set</c>.
/// </summary>
public static class StorageFeature
{
    /// <summary>Registers <see cref="IHomeStorage"/>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddSingleton(new StorageTimings())
        .AddSingleton<HomeStorage>()
        .AddSingleton<IHomeStorage>(provider => provider.GetRequiredService<HomeStorage>())
        .AddSingleton<StreamFollower>()
        .AddSingleton<IStreamGuard, StreamGuard>()
        .AddSingleton<StorageWatch>()
        .AddSingleton<StorageService>()
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<StorageService>())
        .AddHostedService(provider => provider.GetRequiredService<StorageService>());
}
