namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>The values that were given, one a setting: of several places the last one that was added.</summary>
internal sealed class SettingValues
{
    private readonly Dictionary<string, (Setting Setting, string Where, IReadOnlyList<string> Values)> _byKey;

    public SettingValues()
        : this([])
    {
    }

    private SettingValues(Dictionary<string, (Setting Setting, string Where, IReadOnlyList<string> Values)> byKey) =>
        _byKey = byKey;

    /// <summary>Adds a value that was checked.</summary>
    /// <exception cref="SettingsException">It is wrong.</exception>
    public void Add(Setting setting, string where, IReadOnlyList<string> values)
    {
        Apply(new BridgeOptions(), setting, where, values);
        _byKey[setting.Key] = (setting, where, values);
    }

    /// <summary>These, with the other's where the setting is chosen.</summary>
    public SettingValues With(SettingValues other, Func<Setting, bool> chosen) =>
        new(_byKey.Values.Where(one => !chosen(one.Setting)).Concat(other._byKey.Values.Where(one => chosen(one.Setting)))
            .ToDictionary(one => one.Setting.Key, StringComparer.Ordinal));

    public IReadOnlyList<Setting> DifferentFrom(SettingValues other) =>
    [
        .. _byKey.Values.Concat(other._byKey.Values).Select(one => one.Setting).DistinctBy(setting => setting.Key)
            .Where(setting => !(ValuesOf(setting) ?? []).SequenceEqual(other.ValuesOf(setting) ?? [], StringComparer.Ordinal)),
    ];

    /// <exception cref="SettingsException">Two settings do not go together.</exception>
    public BridgeOptions ToOptions() =>
        Check(_byKey.Values.Aggregate(new BridgeOptions(), (options, one) => Apply(options, one.Setting, one.Where, one.Values)));

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

        CheckNats(options.Nats);
        return options;
    }

    private static void CheckNats(NatsOptions nats)
    {
        if (nats.Url is null && (nats.Creds ?? nats.SystemCreds ?? nats.Ca) is not null)
        {
            throw new SettingsException(
                "--nats-creds, --nats-system-creds and --nats-ca need --nats: the embedded server makes its own credentials");
        }

        var embedded = nats switch
        {
            { Listen: not null } => "--nats-listen",
            { TlsCert: not null } => "--nats-tls-cert",
            { TlsNames.Count: > 0 } => "--nats-tls-name",
            { Plain: true } => "--nats-plain",
            { NoAnonymous: true } => "--no-anonymous",
            _ => null,
        };
        if (nats.Url is not null && embedded is not null)
        {
            throw new SettingsException($"{embedded} is for the embedded server and --nats names another one: leave one of them out");
        }

        if (nats is { TlsKey: not null, TlsCert: null })
        {
            throw new SettingsException("--nats-tls-key needs --nats-tls-cert: a key without a certificate serves nothing");
        }

        if (nats is { Plain: true, TlsCert: not null })
        {
            throw new SettingsException("--nats-plain and --nats-tls-cert contradict each other: leave one of them out");
        }
    }

    private IReadOnlyList<string>? ValuesOf(Setting setting) =>
        _byKey.TryGetValue(setting.Key, out var found) ? found.Values : null;
}
