using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>Tells a person that two devices have the same id, with both connections by name.</summary>
internal sealed partial class RivalReports(IRepairs repairs, ILogger<RivalReports> log)
{
    private static readonly RepairKind DuplicateDevice = new("duplicate_device", "warning", "device", "first", "second");

    public void Raise(DeviceId id, ClientConnection first, ClientConnection second)
    {
        LogDuplicate(id.ToString(), first.ForPeople, second.ForPeople);
        repairs.Raise(DuplicateDevice.About(id.ToString(), id.ToString(), first.ForPeople, second.ForPeople));
    }

    public void Clear(IEnumerable<DeviceId> devices)
    {
        foreach (var id in devices)
        {
            repairs.Clear(DuplicateDevice.IdOf(id.ToString()));
        }
    }

    [LoggerMessage(3702, LogLevel.Warning, "Two open connections announce {Device}: {First} and {Second}; the second wins")]
    private partial void LogDuplicate(string device, string first, string second);
}
