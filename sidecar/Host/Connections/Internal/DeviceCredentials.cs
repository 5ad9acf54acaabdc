using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>The users of a device's credentials: its own, and its gateway's.</summary>
internal sealed partial class DeviceCredentials(IEnumerable<IFleet> fleets, ILogger<DeviceCredentials> log)
{
    private readonly IFleet? _fleet = fleets.FirstOrDefault();

    /// <summary>The users as they are now; read once for many devices.</summary>
    public Func<DeviceId, IReadOnlyList<string>> Read()
    {
        var credentials = List();
        return id => [.. credentials.Where(c => !c.IsGateway && c.Covers(id))
            .Concat(credentials.Where(c => c.IsGateway && c.Covers(id))).Select(c => c.Login)];
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

    [LoggerMessage(3801, LogLevel.Warning, "Credentials cannot be read; connections are found by .set alone: {Reason}")]
    private partial void LogUnreadable(string reason);
}
