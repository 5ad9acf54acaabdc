using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>
/// Puts the settings together: flags win over the environment, the environment over <c>bridge.yaml</c>, that over the defaults.
/// </summary>
/// <param name="table">Every setting that there is.</param>
/// <param name="flags">What the command line gave, by flag.</param>
/// <param name="configFile">The settings file; null: the usual one.</param>
/// <param name="environment">The process's environment.</param>
/// <param name="workingDirectory">Where <c>bridge.yaml</c> is looked for.</param>
internal sealed class SettingsReader(
    IReadOnlyList<Setting> table,
    IReadOnlyDictionary<string, IReadOnlyList<string>> flags,
    string? configFile,
    IReadOnlyDictionary<string, string> environment,
    string workingDirectory)
{
    private const string Prefix = "Bridge__";
    private const string ConfigKey = "Config";

    /// <summary>Reads all places.</summary>
    /// <exception cref="SettingsException">A setting is wrong or unknown; the message names it as it was written.</exception>
    public SettingValues Read()
    {
        var values = new SettingValues();
        var variables = Variables(out var configVariable);
        if (FindFile(variables, configVariable) is { } file)
        {
            foreach (var (key, where, given, section) in SettingsYaml.Read(file, IsSection))
            {
                values.Add(Find(key, where), where, given, section);
            }
        }

        foreach (var (setting, name, given) in variables)
        {
            values.Add(setting, $"environment variable {name}", given);
        }

        foreach (var setting in table.Where(setting => setting.Read is null && flags.ContainsKey(setting.Flag)))
        {
            values.Add(setting, setting.Flag, flags[setting.Flag]);
        }

        return values;
    }

    /// <summary>The settings file that holds now; null when there is none.</summary>
    public string? FindFile()
    {
        try
        {
            return FindFile(Variables(out var configVariable), configVariable);
        }
        catch (SettingsException)
        {
            return null;
        }
    }

    private bool IsSection(string key) =>
        table.Any(setting => setting.Read is not null && Setting.Normalise(setting.Key) == Setting.Normalise(key));

    private Setting Find(string key, string where)
    {
        var wanted = Setting.Normalise(key);
        var found = table.FirstOrDefault(setting => Setting.Normalise(setting.Key) == wanted);
        if (found is not null)
        {
            return found;
        }

        var near = DidYouMean.Nearest(wanted, table.Select(setting => Setting.Normalise(setting.Key)));
        var hint = table.FirstOrDefault(setting => Setting.Normalise(setting.Key) == near) is { } meant
            ? $"did you mean {meant.Key}?" : "./bridge run --help lists them";
        throw new SettingsException($"{where}: there is no such setting; {hint}");
    }

    private List<(Setting Setting, string Name, IReadOnlyList<string> Values)> Variables(out string? config)
    {
        config = null;
        var found = new List<(Setting, string, IReadOnlyList<string>)>();
        foreach (var (name, value) in environment.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || value.Length == 0)
            {
                continue;
            }

            var key = name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            if (key.Equals(ConfigKey, StringComparison.OrdinalIgnoreCase))
            {
                config = value;
                continue;
            }

            var item = key.LastIndexOf(':');
            var isItem = item > 0 && int.TryParse(key[(item + 1)..], out _);
            var setting = Find(isItem ? key[..item] : key, $"environment variable {name}");
            var at = found.FindIndex(one => one.Item1 == setting);
            if (isItem && setting.IsList && at >= 0)
            {
                found[at] = (setting, name, [.. found[at].Item3, value]);
                continue;
            }

            found.Add((setting, name, [value]));
        }

        return found;
    }

    private string? FindFile(List<(Setting Setting, string Name, IReadOnlyList<string> Values)> variables, string? configVariable)
    {
        if ((configFile ?? configVariable) is not { } named)
        {
            var data = flags.TryGetValue("--data", out var given) && given is [var one]
                ? one
                : variables.Find(found => found.Setting.Flag == "--data").Values?[0];
            var dataFolder = data ?? SettingsFeature.UsualDataFolder(environment);
            string[] folders = [workingDirectory, Path.Combine(workingDirectory, dataFolder)];
            return folders.Select(folder => Path.Combine(folder, "bridge.yaml")).FirstOrDefault(File.Exists);
        }

        var file = Path.GetFullPath(named, workingDirectory);
        return File.Exists(file) ? file : throw new SettingsException($"--config: there is no file {file}");
    }
}
