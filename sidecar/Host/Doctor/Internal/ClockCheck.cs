namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>A Raspberry Pi without a battery starts in the past: certificates fail, and history is written there.</summary>
internal static class ClockCheck
{
    private static readonly DateTimeOffset Earliest = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static Finding Examine(DateTimeOffset now) => now >= Earliest
        ? Finding.Ok($"The clock says {now:yyyy-MM-dd HH:mm} UTC")
        : Finding.Error($"The clock says {now:yyyy-MM-dd HH:mm} UTC", "Set it, best by NTP: timedatectl set-ntp true.");
}
