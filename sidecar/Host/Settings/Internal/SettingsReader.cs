namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>Puts the settings together: flags win over the environment, the environment over <c>bridge.yaml</c>, that over the defaults.</summary>
internal sealed class SettingsReader(IReadOnlyDictionary<string, string> environment, string workingDirectory)
{
    private const string Prefix = "Bridge__";
    private const string ConfigKey = "Config";

    /// <exception cref="SettingsException">A setting is wrong or unknown; the message names it as it was written.</exception>
    public BridgeOptions Read(IReadOnlyDictionary<string, IReadOnlyList<string>> flags, string? configFile)
    {
        var options = new BridgeOptions();
        var variables = Variables(out var configVariable);
        var dataFolder = flags.TryGetValue("--data", out var data) && data is [var one] ? one : variables.Find(found => found.Setting.Flag == "--data").Values?[0];
        var file = ConfigFile(configFile ?? configVariable, dataFolder ?? SettingsFeature.UsualDataFolder(environment));
        if (file is not null)
        {
            foreach (var (key, where, values) in SettingsYaml.Read(file))
            {
                options = Apply(options, Find(key, where), where, values);
            }
        }

        foreach (var (setting, name, values) in variables)
        {
            options = Apply(options, setting, $"environment variable {name}", values);
        }

        foreach (var setting in SettingsTable.All.Where(setting => flags.ContainsKey(setting.Flag)))
        {
            options = Apply(options, setting, setting.Flag, flags[setting.Flag]);
        }

        return Check(options);
    }

    private static BridgeOptions Apply(BridgeOptions options, Setting setting, string where, IReadOnlyList<string> values)
    {
        try
        {
            return setting.Apply(options, values);
        }
        catch (FormatException exception)
        {
            var what = setting.IsSecret ? "the value" : $"'{string.Join(", ", values)}'";
            throw new SettingsException($"{where}: {what} is wrong: {exception.Message}");
        }
    }

    private static BridgeOptions Check(BridgeOptions options)
    {
        if (options.Tls is { Key: not null, Cert: null })
        {
            throw new SettingsException("--tls-key needs --tls-cert: a key without a certificate serves nothing");
        }

        if (options.Nats is { Url: null } nats && (nats.Creds ?? nats.SystemCreds) is not null)
        {
            throw new SettingsException("--nats-creds and --nats-system-creds need --nats: the embedded server makes its own credentials");
        }

        if (options.Nats is { Url: not null, Listen: not null })
        {
            throw new SettingsException("--nats-listen is for the embedded server and --nats names another one: leave one of them out");
        }

        return options;
    }

    private static Setting Find(string key, string where)
    {
        var wanted = Setting.Normalise(key);
        var found = SettingsTable.All.FirstOrDefault(setting => Setting.Normalise(setting.Key) == wanted);
        if (found is not null)
        {
            return found;
        }

        var near = SettingsTable.All.MinBy(setting => Distance(Setting.Normalise(setting.Key), wanted))!;
        throw new SettingsException($"{where}: there is no such setting; did you mean {near.Key}?");
    }

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = left[i - 1] == right[j - 1] ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
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

    private string? ConfigFile(string? named, string dataFolder)
    {
        if (named is null)
        {
            string[] usual = [Path.Combine(workingDirectory, "bridge.yaml"), Path.Combine(workingDirectory, dataFolder, "bridge.yaml")];
            return usual.FirstOrDefault(File.Exists);
        }

        var file = Path.GetFullPath(named, workingDirectory);
        return File.Exists(file) ? file : throw new SettingsException($"--config: there is no file {file}");
    }
}
