using System.Diagnostics;

namespace HaNatsBridge.Tests.Support;

/// <summary>
/// For a test of what must not occur as long as something comes often enough: notes when it came. An attempt during which the
/// machine stood still proves nothing, and is repeated.
/// </summary>
/// <param name="longest">The pause from which on the attempt proves nothing.</param>
public sealed class Pauses(TimeSpan longest)
{
    private long _last;

    /// <summary>Whether a pause of this attempt was too long.</summary>
    public bool AnyTooLong { get; private set; }

    /// <summary>The next attempt begins.</summary>
    public void Begin()
    {
        _last = Stopwatch.GetTimestamp();
        AnyTooLong = false;
    }

    /// <summary>It came.</summary>
    public void Mark()
    {
        var now = Stopwatch.GetTimestamp();
        AnyTooLong |= Stopwatch.GetElapsedTime(_last, now) >= longest;
        _last = now;
    }
}
