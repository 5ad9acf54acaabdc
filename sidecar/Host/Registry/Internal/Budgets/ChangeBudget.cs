using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>
/// How often a device may change its description: 30 at once, then one a second. Each change is a write in KV and an update in
/// Home Assistant; saying the same again is free.
/// </summary>
internal sealed class ChangeBudget(MonotonicClock clock)
{
    private const int Burst = 30;
    private const double PerMillisecond = 1.0 / 1000;
    private const int MaxDevices = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, (double Left, long At)> _devices = [];

    /// <summary>Spends one change; false when the device has none left.</summary>
    public bool TrySpend(DeviceId id)
    {
        lock (_gate)
        {
            var now = clock.Now;
            var (left, at) = _devices.TryGetValue(id, out var known) ? known : (Burst, now);
            left = Math.Min(Burst, left + ((now - at) * PerMillisecond));
            if (_devices.Count >= MaxDevices)
            {
                // Whoever is forgotten here has its full budget again: the bound of the memory matters more.
                _devices.Clear();
            }

            _devices[id] = (left < 1 ? left : left - 1, now);
            return left >= 1;
        }
    }
}
