using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// Bounds what one device is asked at once and how fast, so that a caller gone wild cannot bury it: at most 16 commands in flight (further ones are BUSY),
/// 64 at once and 32 a second in the long run (RATE_LIMITED).
/// </summary>
internal sealed class DeviceGate(TimeProvider time)
{
    public const int InFlight = 16;
    public const int Burst = 64;
    public const int PerSecond = 32;

    private const int RememberedDevices = 4_096;

    private readonly ConcurrentDictionary<DeviceId, Meter> _meters = new();

    /// <summary>Why the device may not be asked now; null when it may: then <see cref="Leave"/> must follow.</summary>
    public Refusal? TryEnter(DeviceId device)
    {
        if (_meters.Count > RememberedDevices)
        {
            ForgetIdle();
        }

        var meter = _meters.GetOrAdd(device, static (_, t) => new Meter(t.GetTimestamp()), time);
        lock (meter)
        {
            var now = time.GetTimestamp();
            meter.Tokens = Math.Min(Burst, meter.Tokens + (time.GetElapsedTime(meter.RefilledAt, now).TotalSeconds * PerSecond));
            meter.RefilledAt = now;
            if (meter.InFlight >= InFlight)
            {
                return Refusal.Busy;
            }

            if (meter.Tokens < 1)
            {
                return Refusal.RateLimited;
            }

            meter.Tokens--;
            meter.InFlight++;
            return null;
        }
    }

    public void Leave(DeviceId device)
    {
        if (_meters.TryGetValue(device, out var meter))
        {
            lock (meter)
            {
                meter.InFlight--;
            }
        }
    }

    private void ForgetIdle()
    {
        foreach (var (device, meter) in _meters)
        {
            lock (meter)
            {
                if (meter.InFlight == 0)
                {
                    _meters.TryRemove(device, out _);
                }
            }
        }
    }

    internal enum Refusal
    {
        Busy,
        RateLimited,
    }

    private sealed class Meter(long now)
    {
        public double Tokens { get; set; } = Burst;

        public long RefilledAt { get; set; } = now;

        public int InFlight { get; set; }
    }
}
