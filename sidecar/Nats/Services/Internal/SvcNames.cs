using System.Text.RegularExpressions;

namespace NATS.Client.Services.Internal;

/// <summary>Checks names and versions (ADR-32, semver.org).</summary>
internal static partial class SvcNames
{
    internal static void CheckName(string name, string what, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        if (!NamePattern().IsMatch(name))
        {
            throw new ArgumentException($"The {what} name '{Printable(name)}' is not of letters, digits, dash and underscore", parameter);
        }
    }

    internal static void CheckVersion(string version, string parameter)
    {
        ArgumentNullException.ThrowIfNull(version, parameter);
        if (!VersionPattern().IsMatch(version))
        {
            throw new ArgumentException($"The version '{Printable(version)}' is not a semantic version like 1.2.3", parameter);
        }
    }

    internal static void CheckGroup(string name, string parameter)
    {
        if (name.Length > 0 && !GroupPattern().IsMatch(name))
        {
            throw new ArgumentException($"The group name '{Printable(name)}' is not a subject without '>'", parameter);
        }
    }

    private static string Printable(string text) =>
        new([.. text.Take(80).Select(static c => char.IsControl(c) ? '?' : c)]);

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]+\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\A([^\s*>.]+|\*)(\.([^\s*>.]+|\*))*\z", RegexOptions.ExplicitCapture)]
    private static partial Regex GroupPattern();

    // MAJOR.MINOR.PATCH without leading zeros, then -identifiers, then +build.
    [GeneratedRegex(
        @"\A(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex VersionPattern();
}
