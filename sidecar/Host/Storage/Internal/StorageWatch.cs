using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.Repairs;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Looks at how full the streams are, whether one captures requests, and how old the server is.</summary>
internal sealed class StorageWatch : IDisposable
{
    private const double Nearly = 0.8;

    /// <summary>A stream that is limited in time may be full as long as it holds at least this much.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromDays(1);
    private readonly Meter _meter = new("HaNatsBridge.Storage");
    private readonly HomeStorage _storage;
    private readonly StoreGuard _guard;
    private readonly IRepairs _repairs;
    private readonly TimeProvider _time;

    public StorageWatch(HomeStorage storage, StoreGuard guard, IRepairs repairs, TimeProvider time)
    {
        (_storage, _guard, _repairs, _time) = (storage, guard, repairs, time);
        Gauge("stream.size", info => info.State.Bytes, "By", "Bytes in the stream");
        Gauge("stream.limit", info => info.Config.MaxBytes, "By", "The most bytes that the stream holds");
        Gauge("stream.messages", info => info.State.Messages, null, "Messages in the stream");
        Gauge("stream.nearly_full", info => IsNearlyFull(info) ? 1 : 0, null, "1 from 80 % of the limit on");
    }

    /// <summary>Streams that capture requests and answer them in another's place, each with a subject that it captures.</summary>
    public IReadOnlyDictionary<string, string> OnRequests { get; private set; } = new Dictionary<string, string>();

    /// <summary>How often it has looked and had every answer.</summary>
    public long Looks { get; private set; }

    /// <summary>The streams with a limit; buckets are limited by what the streams leave.</summary>
    private IEnumerable<StreamInfo> Streams => _guard.Streams.Where(info => info.Config.MaxBytes > 0);

    /// <summary>Raises and clears repairs.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        OnRequests = await RequestStreams.FindAsync(_storage.JetStream, _storage.Subjects, cancellationToken);
        var (names, subjects) = (string.Join(", ", OnRequests.Keys), string.Join(", ", OnRequests.Values.Distinct()));
        Show(OnRequests.Count > 0, StorageRepairs.StreamOnSet.About(null, names, subjects));
        var version = _storage.JetStream.Connection.ServerInfo?.Version;
        var lacks = ServerVersion.LacksOf(version);
        Show(lacks is not null, StorageRepairs.OldServer.About(null, version ?? "", lacks ?? ""));
        foreach (var info in Streams)
        {
            Judge(info);
        }

        Looks++;
    }

    /// <summary>For the health report.</summary>
    public JsonObject Describe()
    {
        var streams = new JsonObject();
        foreach (var info in Streams)
        {
            streams[info.Config.Name!] = new JsonObject
            {
                ["messages"] = info.State.Messages,
                ["bytes"] = info.State.Bytes,
                ["max_bytes"] = info.Config.MaxBytes,
                ["last_sequence"] = info.State.LastSeq,
            };
        }

        return streams;
    }

    public void Dispose() => _meter.Dispose();

    private static bool IsNearlyFull(StreamInfo info) => info.State.Bytes >= info.Config.MaxBytes * Nearly;

    private void Judge(StreamInfo info)
    {
        var name = info.Config.Name!;
        var limit = $"{info.Config.MaxBytes / StorageDeclarations.Mebibyte}";
        var since = OldestOf(info)?.ToString("u", CultureInfo.InvariantCulture) ?? "-";
        Show(IsNearlyFull(info) && !ReachesBackEnough(info), StorageRepairs.StreamNearlyFull.About(name, name, limit, since));
    }

    private void Show(bool isActive, Repair repair)
    {
        if (isActive)
        {
            _repairs.Raise(repair);
        }
        else
        {
            _repairs.Clear(repair.Id);
        }
    }

    /// <summary>
    /// Discarding the oldest is how a lively home's history works, and no trouble while it reaches back a day. Where the last
    /// value of each subject is retained for ever, what is discarded is missed.
    /// </summary>
    private bool ReachesBackEnough(StreamInfo info) =>
        info.Config.MaxAge > TimeSpan.Zero && OldestOf(info) is { } oldest && _time.GetUtcNow() - oldest >= Enough;

    private static DateTimeOffset? OldestOf(StreamInfo info) =>
        info.State.Messages > 0 && DateTimeOffset.TryParse(info.State.FirstTs, CultureInfo.InvariantCulture, out var oldest)
            ? oldest
            : null;

    private void Gauge(string name, Func<StreamInfo, long> value, string? unit, string description)
    {
        static KeyValuePair<string, object?> Tag(StreamInfo info) => new("stream", info.Config.Name);
        IEnumerable<Measurement<long>> Measure() => Streams.Select(info => new Measurement<long>(value(info), Tag(info)));
        _meter.CreateObservableGauge(name, Measure, unit, description);
    }
}
