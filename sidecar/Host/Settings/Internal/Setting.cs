namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>One setting: its name in every place where it can be written, and how it is read.</summary>
/// <param name="Key">The path below <c>Bridge</c>: <c>Nats:Url</c>.</param>
/// <param name="Flag">On the command line: <c>--nats</c>.</param>
/// <param name="Argument">What the help shows for the value.</param>
/// <param name="Help">What the help says.</param>
/// <param name="Apply">Puts the value in; throws <see cref="FormatException"/> with what would be right.</param>
/// <param name="IsList">Whether it can be given more than once.</param>
/// <param name="IsSecret">Whether its value may hold a secret: it is never repeated in a message.</param>
internal sealed record Setting(
    string Key, string Flag, string Argument, string Help, Func<BridgeOptions, IReadOnlyList<string>, BridgeOptions> Apply, bool IsList = false, bool IsSecret = false)
{
    /// <summary>The name in the environment: <c>Bridge__Nats__Url</c>.</summary>
    public string Variable => "Bridge__" + Key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>How keys are compared: without case and without the marks that YAML and environment writers put between words.</summary>
    public static string Normalise(string key) =>
        key.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
}
