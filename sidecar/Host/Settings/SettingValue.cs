using System.Globalization;
using System.Net;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// Reads the values of settings; what is wrong is a <see cref="FormatException"/> that says what would be right.
/// </summary>
public static class SettingValue
{
    /// <summary>An address and a port.</summary>
    public static string Endpoint(string value) =>
        HostPort.TryParse(value, out var endpoint)
            ? endpoint.ToString()
            : throw new FormatException("write an address and a port, like 127.0.0.1:8129, [::1]:8129, localhost:8129 or *:8129");

    /// <summary>Bytes, as a number with or without KiB, MiB, GiB or TiB.</summary>
    public static long Size(string value, long least)
    {
        var units = new (string Unit, long Bytes)[] { ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40), ("", 1) };
        var (unit, bytes) = units.First(one => value.EndsWith(one.Unit, StringComparison.OrdinalIgnoreCase));
        return long.TryParse(value[..^unit.Length].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue / bytes && number * bytes >= least
                ? number * bytes
                : throw new FormatException($"write a size of at least {least >> 20}MiB, like 500MiB or 2GiB");
    }

    /// <summary>A whole number within bounds.</summary>
    public static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"write a whole number from {least} to {most}");

    /// <summary>On or off.</summary>
    public static bool OnOrOff(string value) => value.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" or "1" => true,
        "false" or "off" or "no" or "0" => false,
        _ => throw new FormatException("write true or false"),
    };

    /// <summary>One of some words, in any case.</summary>
    public static string OneOf(string value, params IReadOnlyList<string> words) =>
        words.FirstOrDefault(word => word.Equals(value, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"write one of {string.Join(", ", words)}");

    /// <summary>A host name or an address.</summary>
    public static string HostName(string value) =>
        IsHostName(value) ? value : throw new FormatException("write a host name or an address, like home.lan or 192.168.1.5");

    /// <summary>Whether it is a host name or an address that a certificate can carry.</summary>
    public static bool IsHostName(string value) =>
        IPAddress.TryParse(value, out _)
        || (value.Length <= 253 && value.Split('.').All(label =>
            label is [not '-', ..] and [.., not '-'] and { Length: <= 63 } && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')));

    /// <summary>A file that exists; its absolute path.</summary>
    public static string ExistingFile(string value) =>
        File.Exists(value) ? Path.GetFullPath(value) : throw new FormatException("there is no such file");

    /// <summary>Values given one by one or separated by commas, each once.</summary>
    public static string[] List(IReadOnlyList<string> values) =>
    [
        .. values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Distinct(StringComparer.Ordinal),
    ];
}
