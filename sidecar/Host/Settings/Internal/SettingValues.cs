namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>The values that were given, one a setting: of several places the last one that was added.</summary>
internal sealed class SettingValues
{
    private readonly Dictionary<string, Given> _byKey;

    public SettingValues()
        : this([])
    {
    }

    private SettingValues(Dictionary<string, Given> byKey) => _byKey = byKey;

    /// <summary>Adds a value and checks it; a section is checked by <see cref="ToOptions"/>.</summary>
    /// <exception cref="SettingsException">It is wrong.</exception>
    public void Add(Setting setting, string where, IReadOnlyList<string> values, SettingNode? section = null)
    {
        var given = new Given(setting, where, values, section);
        if (section is null)
        {
            // A section may depend on other settings.
            Apply(new BridgeOptions(), given);
        }

        _byKey[setting.Key] = given;
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
        Check(_byKey.Values.OrderBy(one => one.Section is not null).Aggregate(new BridgeOptions(), Apply));

    private static BridgeOptions Apply(BridgeOptions options, Given given)
    {
        var (setting, where, values, section) = given;
        try
        {
            return section is not null ? setting.Read!(options, section) : setting.Apply(options, values);
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

    /// <param name="Setting">The setting.</param>
    /// <param name="Where">Where it was given.</param>
    /// <param name="Values">What was given; of a section, its fingerprint.</param>
    /// <param name="Section">The section; null: it is none.</param>
    private sealed record Given(Setting Setting, string Where, IReadOnlyList<string> Values, SettingNode? Section);
}
