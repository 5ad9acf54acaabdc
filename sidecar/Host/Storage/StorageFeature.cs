using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage.Internal;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Storage: the streams and buckets that the features declare (docs/architecture.md, "Streams and buckets"), made and brought
/// into shape at the start; the bridge id and the format. A stream of ours with other subjects is refused by name and left alone;
/// health says so until it is mended. After each reconnect and every 15 s it compares the store with what was read, and restarts
/// the host where it is another one (<c>StoreGuard</c>), and looks how full it is and whether a stream captures <c>.set</c>. <see
/// cref="StreamFollower"/> is how features read streams.
/// </summary>
public static class StorageFeature
{
    /// <summary>Below this even the buckets would not fit.</summary>
    private const long LeastBytes = 16 * StorageDeclarations.Mebibyte;

    /// <summary>How much the home stores.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Of<StorageOptions>(
            "Storage:MaxBytes", "--storage-max-bytes", "SIZE", "The most that streams and buckets take, like 2GiB",
            (options, value) => options with { MaxBytes = SettingValue.Size(value, LeastBytes) }) with
        {
            Default = "half of the free disk, at most 8GiB; 1GiB on a server of yours",
        },
    ];

    /// <summary>Registers <see cref="IHomeStorage"/> and <see cref="StreamFollower"/>.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services) => services
        .AddBucket(home => new BucketDeclaration(home.Names.BridgeBucket, "Bridge id and format version"))
        .AddSingleton(provider => LayoutOf(provider.GetRequiredService<BridgeOptions>().Prefix))
        .AddSingleton(new StorageTimings())
        .AddSingleton<HomeStorage>()
        .AddSingleton<IHomeStorage>(provider => provider.GetRequiredService<HomeStorage>())
        .AddSingleton<StreamFollower>()
        .AddSingleton<StorageSetup>()
        .AddSingleton<StoreGuard>()
        .AddSingleton<StorageWatch>()
        .AddSingleton<StorageTrouble>()
        .AddSingleton<StorageService>()
        .AddSingleton<IHealthContributor>(provider => provider.GetRequiredService<StorageService>())
        .AddHostedService(provider => provider.GetRequiredService<StorageService>());

    private static HomeLayout LayoutOf(string prefix) => new(new HomeNames(prefix), new HomeSubjects(prefix));
}
