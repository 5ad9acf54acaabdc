using HaNatsBridge.Host.DataFolder.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.DataFolder;

/// <summary>
/// The data folder, by default <c>$XDG_STATE_HOME/hanatsbridge</c> or <c>~/.local/state/hanatsbridge</c>: <c>token</c>,
/// <c>lock</c>, <c>nats/</c> (the embedded server: configuration, note, credentials, store), <c>log/</c>. Never two sidecars on
/// one folder (flock). Folder and secrets are their owner's only (0700, 0600): another mode is mended and logged, or refused.
/// Symbolic links in it are not followed. It can be thrown away without losing the home only where the NATS server is not the embedded one.
/// </summary>
public static class DataFolderFeature
{
    /// <summary>Where the folder is.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text("Data", "--data", "DIR", "Folder of token, server configuration and log", (o, v) => o with { Data = v }) with
        {
            Default = "~/.local/state/hanatsbridge",
        },
    ];

    /// <summary>Where it is, without touching it.</summary>
    public static string PathOf(BridgeOptions options) => Folder.Locate(options);

    /// <summary>Opens it for a sidecar: takes its lock and makes the token on first start.</summary>
    /// <exception cref="DataFolderException">It cannot be written, or another sidecar runs on it.</exception>
    public static IDataFolder Open(BridgeOptions options) => Folder.Open(options, exclusive: true);

    /// <summary>Opens it beside a sidecar that may run on it.</summary>
    /// <exception cref="DataFolderException">It cannot be written.</exception>
    public static IDataFolder OpenShared(BridgeOptions options) => Folder.Open(options, exclusive: false);

    /// <summary>Looks whether a sidecar runs on it; makes and changes nothing.</summary>
    /// <exception cref="DataFolderException">One does.</exception>
    public static void RequireUnused(BridgeOptions options) => Folder.RequireUnused(options);

    /// <summary>Looks into one that must exist, without making anything.</summary>
    /// <exception cref="DataFolderException">There is none.</exception>
    public static IDataFolder LookInto(BridgeOptions options) => Directory.Exists(PathOf(options))
        ? Folder.Look(options)
        : throw new DataFolderException(
            $"There is no data folder {PathOf(options)}. Name the sidecar's with --data; the first ./bridge run makes it.");

    /// <summary>Looks into it without making anything, not even the folder.</summary>
    public static IDataFolder Look(BridgeOptions options) => Folder.Look(options);

    /// <summary>Gives the folder to every feature, and logs what was wrong with it.</summary>
    public static IServiceCollection AddDataFolder(this IServiceCollection services, IDataFolder folder) =>
        services.AddSingleton(folder).AddHostedService<FolderWarnings>();
}
