namespace HaNatsBridge.Host.ConfiguredDevices.Internal;

/// <summary>Names for people that are made of ids.</summary>
internal static class Names
{
    /// <summary><c>living_room</c> is "Living room".</summary>
    public static string Of(string id)
    {
        var text = id.Replace('_', ' ').Replace('-', ' ').Trim();
        return text.Length == 0 ? id : char.ToUpperInvariant(text[0]) + text[1..];
    }
}
