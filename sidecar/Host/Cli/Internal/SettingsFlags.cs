using System.Collections;
using System.CommandLine;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>
/// The settings' flags on a command. All are text here: the settings themselves say what is wrong with one, wherever it was
/// written.
/// </summary>
internal sealed class SettingsFlags
{
    private readonly Option<string?> _config = new("--config")
    {
        HelpName = "FILE", Description = "Settings file (bridge.yaml in the working directory)",
    };

    private readonly IReadOnlyList<Setting> _table;
    private readonly List<Option<string[]>> _options = [];
    private readonly List<Option<bool>> _switches = [];

    private SettingsFlags(Command command, IReadOnlyList<Setting> table, Func<string, bool> include)
    {
        _table = table;
        command.Options.Add(_config);
        foreach (var setting in table.Where(setting => setting.Read is null && include(setting.Flag)))
        {
            var description = setting.Default is null ? setting.Help : $"{setting.Help} ({setting.Default})";
            if (setting.IsSwitch)
            {
                var option = new Option<bool>(setting.Flag) { Description = description };
                _switches.Add(option);
                command.Options.Add(option);
            }
            else
            {
                var option = new Option<string[]>(setting.Flag)
                {
                    HelpName = setting.Argument,
                    Description = description,
                    Arity = ArgumentArity.OneOrMore,
                    AllowMultipleArgumentsPerToken = setting.IsList,
                };
                _options.Add(option);
                command.Options.Add(option);
            }
        }
    }

    /// <summary>What says how the embedded server is run and reached: for commands beside a sidecar.</summary>
    public static bool IsOfServer(string flag) =>
        flag is "--data" or "--prefix" or "--nats" or "--nats-listen" or "--nats-plain" or "--mqtt-listen" or "--no-anonymous"
        || flag.StartsWith("--nats-tls-", StringComparison.Ordinal);

    public static SettingsFlags AddTo(Command command, IReadOnlyList<Setting> table, Func<string, bool>? include = null) =>
        new(command, table, include ?? (_ => true));

    /// <exception cref="SettingsException">A setting is wrong or unknown.</exception>
    public ISettings Read(ParseResult parsed)
    {
        var flags = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var option in _options.Where(option => parsed.GetResult(option) is { Implicit: false }))
        {
            flags[option.Name] = parsed.GetValue(option) ?? [];
        }

        foreach (var option in _switches.Where(option => parsed.GetResult(option) is { Implicit: false }))
        {
            flags[option.Name] = [parsed.GetValue(option) ? "true" : "false"];
        }

        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);
        return SettingsFeature.Read(_table, flags, parsed.GetValue(_config), environment, Environment.CurrentDirectory);
    }
}
