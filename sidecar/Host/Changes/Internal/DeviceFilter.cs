using System.IO.Enumeration;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>Which devices a reader wants. Each device is matched once.</summary>
internal sealed class DeviceFilter(ListenRequest request)
{
    private readonly string[] _devices = [.. request.Devices?.OfType<string>() ?? []];
    private readonly string[] _except = [.. request.Except?.OfType<string>() ?? []];
    private readonly Dictionary<DeviceId, bool> _judged = [];

    public bool Takes(DeviceId device)
    {
        if (_devices.Length == 0 && _except.Length == 0)
        {
            return true;
        }

        if (!_judged.TryGetValue(device, out var takes))
        {
            var id = device.ToString();
            _judged[device] = takes = (_devices.Length == 0 || Fits(_devices, id)) && !Fits(_except, id);
        }

        return takes;
    }

    private static bool Fits(string[] patterns, string id) =>
        Array.Exists(patterns, pattern => FileSystemName.MatchesSimpleExpression(pattern, id, ignoreCase: false));
}
