using System.Globalization;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// Announcements that name no device and have no reply subject: nobody else learns that they are refused. One repair, until none
/// has come for an hour, and one log line a minute at most. Thread-safe.
/// </summary>
internal sealed partial class NamelessRefusals(IRepairs repairs, TimeProvider time, ILogger<NamelessRefusals> log)
    : BackgroundService
{
    private static readonly RepairKind Kind = new("nameless_announcement", "warning", "subject", "problem", "since", "stream");
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Stands = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private Nameless? _seen;
    private long _lastAt;
    private long _reportedAt;

    /// <summary>Those that came in the last hour; null: none did.</summary>
    public Nameless? Seen
    {
        get
        {
            lock (_gate)
            {
                return _seen;
            }
        }
    }

    /// <summary>One was refused.</summary>
    /// <param name="subject">On this subject.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="stream">Where its record is.</param>
    public void Add(string subject, string problem, string stream)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var isFirst = _seen is null;
            _lastAt = now;
            _seen = new Nameless(subject, problem, _seen?.Since ?? time.GetUtcNow(), (_seen?.Count ?? 0) + 1);
            if (!isFirst && time.GetElapsedTime(_reportedAt, now) < Pause)
            {
                return;
            }

            _reportedAt = now;
            var since = _seen.Since.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
            repairs.Raise(Kind.About(null, subject, problem, since, stream));
            LogRefused(subject, problem, _seen.Count);
        }
    }

    /// <summary>Clears the repair when none has come for an hour.</summary>
    public void ClearOld()
    {
        lock (_gate)
        {
            if (_seen is not null && time.GetElapsedTime(_lastAt) >= Stands)
            {
                _seen = null;
                repairs.Clear(Kind.IdOf());
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            ClearOld();
        }
    }

    [LoggerMessage(3406, LogLevel.Warning,
        "An announcement on {Subject} names no device and has no reply subject: {Problem}. "
        + "There were {Count} of them (logged once a minute at most)")]
    private partial void LogRefused(string subject, string problem, long count);
}

/// <summary>Announcements that name no device.</summary>
/// <param name="Subject">Where the last one came.</param>
/// <param name="Problem">What is wrong with it.</param>
/// <param name="Since">When the first one came.</param>
/// <param name="Count">How many came.</param>
internal sealed record Nameless(string Subject, string Problem, DateTimeOffset Since, long Count);
