using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>
/// The devices that found no room, at most 1,000, and one repair for all of them. It stands until all have found room, or were
/// removed. Not thread-safe.
/// </summary>
internal sealed class RefusedDevices(IRepairs repairs)
{
    private const int Most = 1_000;
    private const int Named = 5;
    private static readonly RepairKind Kind = new("no_room_for_devices", "warning", "limits");
    private readonly Dictionary<DeviceId, (Budget Budget, Size Size)> _devices = [];
    private readonly List<DeviceId> _order = [];

    public int Count => _devices.Count;

    public void Add(Budget budget, DeviceId id, Size size)
    {
        if (!_devices.ContainsKey(id))
        {
            if (_devices.Count == Most)
            {
                return;
            }

            _order.Add(id);
        }

        _devices[id] = (budget, size);
        Show();
    }

    public void Remove(DeviceId id)
    {
        if (_devices.Remove(id))
        {
            _order.Remove(id);
            Show();
        }
    }

    /// <summary>Removes those that match; whether there were any.</summary>
    public bool RemoveWhere(Func<DeviceId, Size, bool> match)
    {
        var removed = _order.RemoveAll(id => match(id, _devices[id].Size) && _devices.Remove(id));
        if (removed > 0)
        {
            Show();
        }

        return removed > 0;
    }

    private void Show()
    {
        if (_order.Count == 0)
        {
            repairs.Clear(Kind.IdOf());
            return;
        }

        // No numbers that grow with each refusal: the text changes a few times at most.
        var limits = _order.GroupBy(id => _devices[id].Budget).Take(Named).Select(refused =>
            $"{refused.Key.Text}: {string.Join(", ", refused.Take(Named))}{(refused.Skip(Named).Any() ? ", …" : "")}");
        repairs.Raise(Kind.About(null, string.Join("; ", limits)));
    }
}
