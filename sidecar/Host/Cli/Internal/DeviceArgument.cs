using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>A device that is named on the command line.</summary>
internal static class DeviceArgument
{
    /// <exception cref="SettingsException">No device can have this name.</exception>
    public static DeviceId Parse(string type, string id) => Parse($"{type}.{id}");

    /// <exception cref="SettingsException">No device can have this name.</exception>
    public static DeviceId Parse(string text) => DeviceId.TryParse(text, out var device)
        ? device
        : throw new SettingsException($"'{text}' names no device: TYPE and ID are letters, digits, - and _, at most 64 each");
}
