namespace HaNatsBridge.Host.Settings;

/// <summary>A setting as its feature declares it: its name in every place where it can be written, and how it is read.</summary>
/// <param name="Key">The path below <c>Bridge</c>: <c>Nats:Url</c>.</param>
/// <param name="Flag">On the command line: <c>--nats</c>.</param>
/// <param name="Argument">What the help shows for the value.</param>
/// <param name="Help">What the help says.</param>
/// <param name="Apply">Puts the value in; throws <see cref="FormatException"/> with what would be right.</param>
public sealed record Setting(
    string Key, string Flag, string Argument, string Help, Func<BridgeOptions, IReadOnlyList<string>, BridgeOptions> Apply)
{
    /// <summary>What holds where it is not given, for the help.</summary>
    public string? Default { get; init; }

    /// <summary>Whether it can be given more than once.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether its flag needs no value.</summary>
    public bool IsSwitch { get; init; }

    /// <summary>Whether its value may hold a secret: it is never repeated in a message.</summary>
    public bool IsSecret { get; init; }

    /// <summary>
    /// Whether a change in <c>bridge.yaml</c> takes effect while the sidecar runs. The others take effect at the next start.
    /// </summary>
    public bool IsLive { get; init; }

    /// <summary>
    /// Reads a structured section of <c>bridge.yaml</c>, which no flag and no environment variable can hold; null: it is no section.
    /// </summary>
    public Func<BridgeOptions, SettingNode, BridgeOptions>? Read { get; private init; }

    /// <summary>A structured section of <c>bridge.yaml</c>, such as a list of maps. What is wrong in it is an error of the node.</summary>
    public static Setting Section(string key, string help, Func<BridgeOptions, SettingNode, BridgeOptions> read) =>
        new(key, "", "", help, (_, _) => throw new FormatException("it can only be written in bridge.yaml")) { Read = read };

    /// <summary>A setting with one value.</summary>
    public static Setting Text(
        string key, string flag, string argument, string help, Func<BridgeOptions, string, BridgeOptions> apply) =>
        new(key, flag, argument, help, (options, values) =>
            values is [var one] ? apply(options, one) : throw new FormatException("it takes one value"));

    /// <summary>A setting that is on or off; on the command line its flag alone switches it on.</summary>
    public static Setting Switch(string key, string flag, string help, Func<BridgeOptions, bool, BridgeOptions> apply) =>
        Text(key, flag, "", help, (options, value) => apply(options, SettingValue.OnOrOff(value))) with { IsSwitch = true };

    /// <summary>A setting with one value in a feature's own options.</summary>
    public static Setting Of<TOptions>(
        string key, string flag, string argument, string help, Func<TOptions, string, TOptions> apply)
        where TOptions : class, new() =>
        Text(key, flag, argument, help, (options, value) => options.With(apply(options.Of<TOptions>(), value)));

    /// <summary>
    /// How keys are compared: without case and without the marks that YAML and environment writers put between words.
    /// </summary>
    internal static string Normalise(string key) =>
        key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
}
