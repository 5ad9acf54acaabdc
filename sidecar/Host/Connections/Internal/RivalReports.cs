using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>Tells a person that two devices have the same id, with both connections by name.</summary>
internal sealed partial class RivalReports(IRepairs repairs, ILogger<RivalReports> log)
{
    public void Raise(DeviceId id, ClientConnection first, ClientConnection second)
    {
        LogDuplicate(id.ToString(), first.ForPeople, second.ForPeople);
        repairs.Raise(new Repair(RepairId(id), "duplicate_device", "warning", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device"] = id.ToString(),
            ["first"] = first.ForPeople,
            ["second"] = second.ForPeople,
        }));
    }

    public void Clear(IEnumerable<DeviceId> devices)
    {
        foreach (var id in devices)
        {
            repairs.Clear(RepairId(id));
        }
    }

    private static string RepairId(DeviceId id) => $"duplicate_device.{id}";

    [LoggerMessage(3702, LogLevel.Warning, "Two open connections announce {Device}: {First} and {Second}; the second wins")]
    private partial void LogDuplicate(string device, string first, string second);
}
