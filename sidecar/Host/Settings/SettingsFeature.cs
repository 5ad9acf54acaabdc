using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Settings.Internal;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// Settings. Flags win over the environment (<c>Bridge__Nats__Url</c>), the environment over <c>bridge.yaml</c> (<c>--config
/// FILE</c>, else the one in the working directory, else the one in the data folder), that over the defaults. Each feature
/// declares its own (<see cref="Setting"/>). What is wrong or unknown stops the start with a message that names the setting as
/// it was written. A change of <c>bridge.yaml</c> takes effect within seconds where the setting allows it
/// (<see cref="ISettings"/>).
/// </summary>
public static class SettingsFeature
{
    /// <summary>The settings of the whole.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text("Prefix", "--prefix", "SUBJECT", "Root of every subject", (o, v) => o with { Prefix = Prefix(v) }) with
        {
            Default = "home",
        },
        new(
            "Roles", "--role", "NAME", "Which features run; may be given more than once",
            (o, v) => o with { Roles = SettingValue.List(v) }) { Default = "all", IsList = true },
    ];

    /// <summary>
    /// The data folder when none is named: <c>$XDG_STATE_HOME/hanatsbridge</c>, else <c>~/.local/state/hanatsbridge</c>.
    /// </summary>
    public static string UsualDataFolder(IReadOnlyDictionary<string, string> environment)
    {
        var state = environment.TryGetValue("XDG_STATE_HOME", out var given) && given.Length > 0
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.GetFullPath(Path.Combine(state, "hanatsbridge"));
    }

    /// <summary>Reads the settings.</summary>
    /// <param name="table">Every setting that there is.</param>
    /// <param name="flags">What the command line gave, by flag.</param>
    /// <param name="configFile">The settings file; null: the usual one.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="workingDirectory">Where <c>bridge.yaml</c> is looked for.</param>
    /// <exception cref="SettingsException">A setting is wrong or unknown.</exception>
    public static ISettings Read(
        IReadOnlyList<Setting> table,
        IReadOnlyDictionary<string, IReadOnlyList<string>> flags,
        string? configFile,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory) =>
        new LiveSettings(new SettingsReader(table, flags, configFile, environment, workingDirectory));

    /// <summary>Settings that never change.</summary>
    public static ISettings Fixed(BridgeOptions options) => new FixedSettings(options);

    /// <summary>Gives the settings to every feature, and follows the file that they come from.</summary>
    public static IServiceCollection AddSettings(this IServiceCollection services, ISettings settings)
    {
        services.AddSingleton(settings).AddSingleton(settings.Current);
        return settings is LiveSettings live ? services.AddSingleton(live).AddHostedService<SettingsWatch>() : services;
    }

    private static string Prefix(string value) =>
        value.Split('.').All(token => Token.IsValid(token))
            ? value
            : throw new FormatException(
                "write one or more words of letters, digits, - and _, separated by dots, like home or my.house");
}
