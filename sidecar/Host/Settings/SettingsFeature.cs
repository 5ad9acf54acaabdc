using HaNatsBridge.Host.Settings.Internal;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// Settings. Flags win over the environment (<c>Bridge__Nats__Url</c>), the environment over <c>bridge.yaml</c> (<c>--config FILE</c>, else the one in the
/// working directory, else the one in the data folder), that over the defaults. All names come from one table, <c>Internal/SettingsTable</c>. What is wrong or unknown
/// stops the start with a message that names the setting as it was written. Nothing is read again while running: a home's bridge restarts in a second.
/// </summary>
public static class SettingsFeature
{
    /// <summary>The flags, for the command line: name, what the help shows for the value, what it says, whether it can be given more than once.</summary>
    public static IReadOnlyList<(string Flag, string Argument, string Help, bool IsList)> Flags { get; } =
        [.. SettingsTable.All.Select(setting => (setting.Flag, setting.Argument, setting.Help, setting.IsList))];

    /// <summary>The data folder when none is named: <c>$XDG_STATE_HOME/hanatsbridge</c>, else <c>~/.local/state/hanatsbridge</c>.</summary>
    public static string UsualDataFolder(IReadOnlyDictionary<string, string> environment)
    {
        var state = environment.TryGetValue("XDG_STATE_HOME", out var given) && given.Length > 0
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.GetFullPath(Path.Combine(state, "hanatsbridge"));
    }

    /// <summary>Reads the settings.</summary>
    /// <param name="flags">What the command line gave, by flag.</param>
    /// <param name="configFile">The settings file, null for the usual one.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="workingDirectory">Where <c>bridge.yaml</c> is looked for.</param>
    /// <exception cref="SettingsException">A setting is wrong or unknown.</exception>
    public static BridgeOptions Read(
        IReadOnlyDictionary<string, IReadOnlyList<string>> flags,
        string? configFile,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory) =>
        new SettingsReader(environment, workingDirectory).Read(flags, configFile);

    /// <summary>Gives the settings to every feature.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, BridgeOptions options) => services.AddSingleton(options);
}
