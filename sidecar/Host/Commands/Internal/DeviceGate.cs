using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// Bounds what one device is asked at once and how fast, so that a caller gone wild cannot bury it: by default at most 16 commands in flight (further ones are BUSY),
/// 64 at once and 32 a second in the long run (RATE_LIMITED); settings may say otherwise.
/// </summary>
internal sealed class DeviceGate(Func<CommandOptions> options, TimeProvider time)
{
    private const int BurstSeconds = 2;
    private const int RememberedDevices = 4_096;

    private readonly ConcurrentDictionary<DeviceId, Meter> _meters = new();
    private readonly TimeProvider _time = time;

    private CommandOptions Options => options();

    /// <summary>Why the device may not be asked now; null when it may: then <see cref="Leave"/> must follow.</summary>
    public Refusal? TryEnter(DeviceId device)
    {
        if (_meters.Count > RememberedDevices)
        {
            ForgetIdle();
        }

        while (true)
        {
            var meter = _meters.GetOrAdd(device, static (_, gate) => new Meter(gate.Options.PerSecond * BurstSeconds, gate._time.GetTimestamp()), this);
            lock (meter)
            {
                // Forgotten between the look-up and the lock: whoever comes next has another one.
                if (!meter.IsForgotten)
                {
                    return Enter(meter);
                }
            }
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

    private Refusal? Enter(Meter meter)
    {
        var (now, bounds) = (_time.GetTimestamp(), Options);
        var refilled = meter.Tokens + (_time.GetElapsedTime(meter.RefilledAt, now).TotalSeconds * bounds.PerSecond);
        meter.Tokens = Math.Min(bounds.PerSecond * BurstSeconds, refilled);
        meter.RefilledAt = now;
        if (meter.InFlight >= bounds.InFlight)
        {
            return new Refusal(IsBusy: true, null);
        }

        if (meter.Tokens < 1)
        {
            return new Refusal(IsBusy: false, TimeSpan.FromSeconds((1 - meter.Tokens) / bounds.PerSecond));
        }

        meter.Tokens--;
        meter.InFlight++;
        return null;
    }

    private void ForgetIdle()
    {
        foreach (var (device, meter) in _meters)
        {
            lock (meter)
            {
                if (meter.InFlight == 0)
                {
                    meter.IsForgotten = true;
                    _meters.TryRemove(device, out _);
                }
            }
        }
    }

    /// <summary>Why a device may not be asked.</summary>
    /// <param name="IsBusy">Too many are in flight; else too many came in a short time.</param>
    /// <param name="RetryAfter">When there is room again; null where only the device knows.</param>
    internal readonly record struct Refusal(bool IsBusy, TimeSpan? RetryAfter);

    private sealed class Meter(double tokens, long now)
    {
        public double Tokens { get; set; } = tokens;

        public long RefilledAt { get; set; } = now;

        public int InFlight { get; set; }

        public bool IsForgotten { get; set; }
    }
}
