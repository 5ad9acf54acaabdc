using System.Globalization;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Reports states of devices that nobody announced: one repair that lists the first subjects, until each is announced, removed or
/// silent for an hour, and a log line for new ones, once a minute at most.
/// </summary>
internal sealed partial class OrphanReports(StateStore store, IRepairs repairs, TimeProvider time, ILogger<OrphanReports> log)
    : BackgroundService
{
    private const int Named = 10;
    private static readonly RepairKind Kind = new("orphan_states", "warning", "subjects");
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LogPause = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _logged = new(StringComparer.Ordinal);
    private long? _loggedAt;

    /// <summary>For people: <c>2026-12-01 10:00 UTC</c>.</summary>
    public static string Text(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>Compares what is reported with what there is.</summary>
    public void Report()
    {
        lock (_gate)
        {
            ReportLocked();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await store.StatesRead.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Report();
        }
    }

    private void ReportLocked()
    {
        var orphans = store.Unannounced;
        if (orphans.Count == 0)
        {
            _logged.Clear();
            repairs.Clear(Kind.IdOf());
            return;
        }

        var named = string.Join(", ", orphans.Take(Named).Select(one => $"{one.Subject} (since {Text(one.Since)})"));
        repairs.Raise(Kind.About(null, orphans.Count > Named ? $"{named}, …" : named));
        Log(orphans);
    }

    private void Log(IReadOnlyList<Orphan> orphans)
    {
        _logged.IntersectWith(orphans.Select(one => one.Subject));
        if (_logged.Count == orphans.Count || (_loggedAt is { } last && time.GetElapsedTime(last) < LogPause))
        {
            return;
        }

        var added = orphans.Select(one => one.Subject).Where(_logged.Add).ToArray();
        _loggedAt = time.GetTimestamp();
        LogOrphans(added.Length, string.Join(", ", added.Take(Named)));
    }

    [LoggerMessage(2030, LogLevel.Warning,
        "States of devices that nobody announced. New subjects, {Count} in all: {Subjects} (logged once a minute at most)")]
    private partial void LogOrphans(int count, string subjects);
}
