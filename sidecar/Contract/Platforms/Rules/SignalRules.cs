namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>What infrared and radio signals have in common.</summary>
internal static class SignalRules
{
    /// <summary>The most pulses and spaces of a signal. Those of an air conditioner have some six hundred.</summary>
    private const int MaxTimings = 4096;

    private const int MaxMicroseconds = 10_000_000;

    /// <summary>The type of the event of a receiver.</summary>
    public const string Received = "received";

    /// <summary>The types of a receiver's events.</summary>
    public static OptionSet EventTypes { get; } = new([Received]);

    /// <summary>Microseconds: a pulse is positive, a space negative.</summary>
    public static ListRule Timings { get; } =
        new(new NumberRule { Min = -MaxMicroseconds, Max = MaxMicroseconds, Whole = true }) { Max = MaxTimings };

    /// <summary>A frequency in hertz.</summary>
    public static NumberRule Hertz { get; } = new() { Min = 0, Whole = true };
}
