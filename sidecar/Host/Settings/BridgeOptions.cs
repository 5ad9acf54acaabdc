using System.Collections.Immutable;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// The sidecar's settings: the same as flags, environment (<c>Bridge__Nats__Url</c>) or <c>bridge.yaml</c> (docs/operations.md,
/// "Settings").
/// </summary>
public sealed record BridgeOptions
{
    /// <summary>
    /// The folder of what is this machine's own: token, server configuration, log. Null: a folder in the user's state directory.
    /// </summary>
    public string? Data { get; init; }

    /// <summary>Where the hub and the API listen.</summary>
    public string Listen { get; init; } = "127.0.0.1:8129";

    /// <summary>The root prefix of every subject, one or more tokens.</summary>
    public string Prefix { get; init; } = "home";

    /// <summary>How many simulated devices run beside the sidecar; 0: none.</summary>
    public int Simulate { get; init; }

    /// <summary>Which features run; empty: all.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The least that is logged: <c>debug</c>, <c>information</c>, <c>warning</c> or <c>error</c>.</summary>
    public string LogLevel { get; init; } = "information";

    /// <summary>Which NATS server.</summary>
    public NatsOptions Nats { get; init; } = new();

    /// <summary>The certificate of the hub and the API; without one they speak plain HTTP.</summary>
    public TlsOptions Tls { get; init; } = new();

    private ImmutableDictionary<Type, object> Sections { get; init; } = ImmutableDictionary<Type, object>.Empty;

    /// <summary>A feature's own options, as its settings say or with their defaults.</summary>
    public TOptions Of<TOptions>()
        where TOptions : class, new() =>
        Sections.TryGetValue(typeof(TOptions), out var section) ? (TOptions)section : new TOptions();

    /// <summary>With a feature's own options.</summary>
    public BridgeOptions With<TOptions>(TOptions options)
        where TOptions : class, new() =>
        this with { Sections = Sections.SetItem(typeof(TOptions), options) };
}
