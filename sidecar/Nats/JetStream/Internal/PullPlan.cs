namespace NATS.Client.JetStream.Internal;

/// <summary>How messages are pulled: the options of consume or fetch with their defaults filled in (ADR-37).</summary>
internal sealed record PullPlan
{
    private const int UnlimitedMsgs = 1_000_000;
    private static readonly TimeSpan DefaultExpires = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LeastExpires = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan LeastHeartbeat = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause between two signs of life (ADR-37).</summary>
    internal static readonly TimeSpan MostHeartbeat = TimeSpan.FromSeconds(30);

    /// <summary>About three seconds with their pauses: long enough for a server that restarts, short enough to learn that a consumer is gone.</summary>
    private const int FetchMaxConsecutive503 = 5;

    /// <summary>Below this a fetch is over before a missed heartbeat could say anything.</summary>
    private static readonly TimeSpan HeartbeatWorthwhile = TimeSpan.FromSeconds(10);

    internal required int MaxMsgs { get; init; }

    /// <summary>0 for no limit.</summary>
    internal required int MaxBytes { get; init; }

    internal int ThresholdMsgs { get; init; }

    internal int ThresholdBytes { get; init; }

    internal required TimeSpan Expires { get; init; }

    /// <summary>False when only the bytes are limited: then every pull asks for as many messages as there may be (ADR-37).</summary>
    internal bool CountsMessages { get; init; } = true;

    /// <summary>Zero for none.</summary>
    internal required TimeSpan Heartbeat { get; init; }

    internal bool NoWait { get; init; }

    /// <summary>A fetch: one batch and done.</summary>
    internal bool Once { get; init; }

    /// <summary>An ordered consumer: every trouble is <see cref="PullStep.Lost"/>.</summary>
    internal bool Ordered { get; init; }

    internal int MaxConsecutive503 { get; init; } = -1;

    internal Func<INatsJSNotification, CancellationToken, Task>? Handler { get; init; }

    internal static PullPlan Consume(NatsJSConsumeOpts opts, Models.ConsumerConfig? limits)
    {
        CheckLimits(opts.MaxMsgs, opts.MaxBytes);
        CheckThreshold(opts.ThresholdMsgs, opts.MaxMsgs, nameof(opts.ThresholdMsgs));
        CheckThreshold(opts.ThresholdBytes, opts.MaxBytes, nameof(opts.ThresholdBytes));
        var expires = CheckExpires(opts.Expires, limits);
        var heartbeat = CheckHeartbeat(opts.IdleHeartbeat, expires) ?? Clamp(expires / 2);
        var maxBytes = AtMost(CheckPositive(opts.MaxBytes, nameof(opts.MaxBytes)) ?? 0, limits?.MaxBytes ?? 0);
        var maxMsgs = AtMost(CheckPositive(opts.MaxMsgs, nameof(opts.MaxMsgs)) ?? (maxBytes > 0 ? UnlimitedMsgs : 1_000), limits?.MaxBatch ?? 0);
        return new PullPlan
        {
            MaxMsgs = maxMsgs,
            MaxBytes = maxBytes,
            ThresholdMsgs = Math.Min(CheckPositive(opts.ThresholdMsgs, nameof(opts.ThresholdMsgs)) ?? maxMsgs / 2, maxMsgs),
            ThresholdBytes = Math.Min(CheckPositive(opts.ThresholdBytes, nameof(opts.ThresholdBytes)) ?? maxBytes / 2, maxBytes),
            Expires = expires,
            Heartbeat = heartbeat,
            CountsMessages = maxBytes == 0 || opts.MaxMsgs is not null,
            MaxConsecutive503 = opts.MaxConsecutive503Errors,
            Handler = opts.NotificationHandler,
        };
    }

    internal static PullPlan Fetch(NatsJSFetchOpts opts, Models.ConsumerConfig? limits, bool noWait)
    {
        ArgumentNullException.ThrowIfNull(opts);
        CheckLimits(opts.MaxMsgs, opts.MaxBytes);
        var expires = CheckExpires(opts.Expires, limits);
        var heartbeat = CheckHeartbeat(opts.IdleHeartbeat, expires)
            ?? (expires >= HeartbeatWorthwhile ? Clamp(expires / 2) : TimeSpan.Zero);
        var maxBytes = AtMost(CheckPositive(opts.MaxBytes, nameof(opts.MaxBytes)) ?? 0, limits?.MaxBytes ?? 0);
        return new PullPlan
        {
            MaxMsgs = AtMost(CheckPositive(opts.MaxMsgs, nameof(opts.MaxMsgs)) ?? (maxBytes > 0 ? UnlimitedMsgs : 1_000), limits?.MaxBatch ?? 0),
            MaxBytes = maxBytes,
            Expires = expires,
            Heartbeat = noWait ? TimeSpan.Zero : heartbeat,
            NoWait = noWait,
            Once = true,
            MaxConsecutive503 = FetchMaxConsecutive503,
            Handler = opts.NotificationHandler,
        };
    }

    internal static NatsJSFetchOpts Next(NatsJSNextOpts opts) => new()
    {
        MaxMsgs = 1,
        Expires = opts.Expires,
        IdleHeartbeat = opts.IdleHeartbeat,
        NotificationHandler = opts.NotificationHandler,
    };

    private static int AtMost(int value, long limit) => limit > 0 && (value == 0 || value > limit) ? (int)Math.Min(limit, int.MaxValue) : value;

    private static TimeSpan Clamp(TimeSpan heartbeat) =>
        heartbeat < LeastHeartbeat ? LeastHeartbeat : heartbeat > MostHeartbeat ? MostHeartbeat : heartbeat;

    private static TimeSpan CheckExpires(TimeSpan? asked, Models.ConsumerConfig? limits)
    {
        var expires = asked ?? DefaultExpires;
        ArgumentOutOfRangeException.ThrowIfLessThan(expires, LeastExpires, "opts.Expires");
        return limits is { MaxExpires.Ticks: > 0 } && expires > limits.MaxExpires ? limits.MaxExpires : expires;
    }

    private static TimeSpan? CheckHeartbeat(TimeSpan? asked, TimeSpan expires)
    {
        if (asked is not { } heartbeat)
        {
            return null;
        }

        // The server refuses a heartbeat that is not well below the expiry ("heartbeat value too large").
        ArgumentOutOfRangeException.ThrowIfLessThan(heartbeat, LeastHeartbeat, "opts.IdleHeartbeat");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(heartbeat, MostHeartbeat, "opts.IdleHeartbeat");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(heartbeat, expires / 2, "opts.IdleHeartbeat");
        return heartbeat;
    }

    /// <summary>ADR-37: a consumer is limited by messages or by bytes, and says which.</summary>
    private static void CheckLimits(int? maxMsgs, int? maxBytes)
    {
        if (maxMsgs is not null && maxBytes is not null)
        {
            throw new NatsJSException("Set either MaxMsgs or MaxBytes, not both");
        }
    }

    private static void CheckThreshold(int? threshold, int? limit, string name)
    {
        if (threshold > limit)
        {
            throw new NatsJSException($"{name} is greater than its limit of {limit}");
        }
    }

    private static int? CheckPositive(int? value, string name)
    {
        if (value is { } number)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(number, 1, $"opts.{name}");
        }

        return value;
    }
}
