using System.Text.RegularExpressions;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>The form that a text must have, because a browser or Home Assistant acts on it.</summary>
/// <param name="Fits">Whether a text has it.</param>
/// <param name="Expected">What would be right.</param>
/// <param name="Pattern">The form for the JSON Schema, perhaps wider.</param>
internal sealed partial record TextFormat(Func<string, bool> Fits, string Expected, string Pattern)
{
    /// <summary>An icon of the set that Home Assistant brings. It would load code of its page for others.</summary>
    public static TextFormat Icon { get; } =
        new(text => MdiIcon().IsMatch(text), "an icon of Home Assistant's own set, such as mdi:lamp", @"^mdi:[a-z0-9-]+$");

    /// <summary>The address of a picture, on another server or in Home Assistant's folder for that.</summary>
    public static TextFormat Picture { get; } = new(
        IsPicture,
        "a URL with https or http, or a path below Home Assistant's /local/",
        @"^(https?://[^\s\\]+|/local/[^\s\\]+)$");

    /// <summary>A zone of Home Assistant.</summary>
    public static TextFormat Zone { get; } = new(
        text => ZoneId().IsMatch(text), "the entity id of a zone, such as zone.home", "^zone\\.[a-z0-9_]+$");

    /// <summary>An entity of the home, <c>{type}.{id}.{key}</c>.</summary>
    public static TextFormat Entity { get; } = new(
        text => EntityName().IsMatch(text),
        "an entity of the home, {type}.{id}.{key}",
        @"^[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{1,64}$");

    /// <summary>A colour, as Home Assistant stores it.</summary>
    public static TextFormat Color { get; } =
        new(text => HexColor().IsMatch(text), "a colour such as #1e90ff", "^#[0-9A-Fa-f]{6}$");

    /// <summary>The address of a picture that Home Assistant loads.</summary>
    public static TextFormat WebAddress { get; } =
        new(text => IsAddress(text, "http", "https"), "a URL with https or http", @"^https?://[^\s\\]+$");

    /// <summary>
    /// The address of a video. Home Assistant hands it to programs that know other schemes, such as files and commands.
    /// </summary>
    public static TextFormat Stream { get; } = new(
        text => IsAddress(text, "rtsp", "rtsps", "rtmp", "rtmps", "http", "https"),
        "a URL with rtsp, rtsps, rtmp, rtmps, https or http",
        @"^(rtsps?|rtmps?|https?)://[^\s\\]+$");

    private static bool IsAddress(string text, params ReadOnlySpan<string> schemes)
    {
        if (HasForbidden(text) || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0)
        {
            return false;
        }

        foreach (var scheme in schemes)
        {
            if (text.StartsWith(scheme + "://", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasForbidden(string text) =>
        text.AsSpan().ContainsAny(" \\") || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c));

    private static bool IsPicture(string text)
    {
        if (HasForbidden(text))
        {
            return false;
        }

        if (!text.StartsWith("/local/", StringComparison.Ordinal))
        {
            return IsAddress(text, "http", "https");
        }

        // A browser resolves .. and %2e%2e before it asks: the path would be another one.
        var end = text.IndexOfAny(['?', '#']);
        var path = end < 0 ? text : text[..end];
        return !Array.Exists(
            path.Split('/'), part => part.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
    }

    [GeneratedRegex("^mdi:[a-z0-9-]{1,100}\\z")]
    private static partial Regex MdiIcon();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{1,64}\\z")]
    private static partial Regex EntityName();

    [GeneratedRegex("^zone\\.[a-z0-9_]{1,250}\\z")]
    private static partial Regex ZoneId();

    [GeneratedRegex("^#[0-9A-Fa-f]{6}\\z")]
    private static partial Regex HexColor();
}
