using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>As whom the server knows a device: the login of its credential, its gateway's, or, on a server that others configure, a user of the device's name.</summary>
internal sealed partial class DeviceCredentials(IEnumerable<IFleet> fleets, ILogger<DeviceCredentials> log)
{
    private readonly IFleet? _fleet = fleets.FirstOrDefault();

    /// <summary>The logins of this moment; ask once for many devices.</summary>
    public Func<DeviceId, IReadOnlyList<string>> Read()
    {
        var credentials = List();
        return id => [.. credentials.Where(c => !c.IsGateway && c.Covers(id)).Concat(credentials.Where(c => c.IsGateway && c.Covers(id))).Select(c => c.Login), id.ToString()];
    }

    private IReadOnlyList<Credential> List()
    {
        try
        {
            return _fleet?.List() ?? [];
        }
        catch (FleetException e)
        {
            LogUnreadable(e.Message);
            return [];
        }
    }

    [LoggerMessage(3801, LogLevel.Warning, "Credentials cannot be read; connections are found by reply subject and .set alone: {Reason}")]
    private partial void LogUnreadable(string reason);
}
