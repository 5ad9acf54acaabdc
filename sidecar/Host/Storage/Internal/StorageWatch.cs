using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.Repairs;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Looks at how full the streams are, and whether one listens where only devices may.</summary>
internal sealed class StorageWatch : IDisposable
{
    private const double Nearly = 0.8;

    /// <summary>How long a person is told that the store was lost: it is made again, and there is nothing left to mend.</summary>
    private static readonly TimeSpan LossTold = TimeSpan.FromDays(1);

    /// <summary>A stream that is limited in time and full may still be as long as anybody looks back.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromDays(1);
    private readonly Meter _meter = new("HaNatsBridge.Storage");
    private readonly HomeStorage _storage;
    private readonly IRepairs _repairs;
    private readonly TimeProvider _time;
    private int _losses;
    private long _lostAt;

    public StorageWatch(HomeStorage storage, IRepairs repairs, TimeProvider time)
    {
        _storage = storage;
        _repairs = repairs;
        _time = time;
        _meter.CreateObservableGauge("stream.size", () => Measure(info => info.State.Bytes), "By", "Bytes in the stream");
        _meter.CreateObservableGauge("stream.limit", () => Measure(info => info.Config.MaxBytes), "By", "The most bytes that the stream keeps");
        _meter.CreateObservableGauge("stream.messages", () => Measure(info => info.State.Messages), null, "Messages in the stream");
        _meter.CreateObservableGauge("stream.nearly_full", () => Measure(info => IsNearlyFull(info) ? 1 : 0), null, "1 from 80 % of the limit on");
    }

    /// <summary>What of ours was gone when last looked.</summary>
    public IReadOnlyList<string> Missing { get; private set; } = [];

    /// <summary>Streams that capture <c>.set</c>, when last looked.</summary>
    public IReadOnlyList<string> OnSet { get; private set; } = [];

    /// <summary>How often it has looked and had every answer.</summary>
    public long Looks { get; private set; }

    /// <summary>Asks the server; raises and clears repairs.</summary>
    /// <exception cref="StorageException">Something of ours is gone and must be made again.</exception>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        Missing = [];
        Missing = await _storage.FindMissingAsync(cancellationToken);
        if (Missing.Count > 0)
        {
            throw new StorageException($"{string.Join(", ", Missing)} {(Missing.Count == 1 ? "is" : "are")} gone and made again, empty. Did somebody delete what the home keeps?");
        }

        JudgeLoss();
        foreach (var bucket in _storage.BucketNames)
        {
            JudgeBucket(bucket);
        }

        OnSet = await _storage.FindStreamsOnSetAsync(cancellationToken);
        if (OnSet.Count > 0)
        {
            _repairs.Raise(new Repair(
                "stream_on_set", "stream_on_set", "error",
                new Dictionary<string, string> { ["streams"] = string.Join(", ", OnSet), ["subject"] = _storage.Subjects.AllSets }));
        }
        else
        {
            _repairs.Clear("stream_on_set");
        }

        foreach (var stream in _storage.Streams)
        {
            await stream.RefreshAsync(cancellationToken: cancellationToken);
            Judge(stream.Info);
        }

        Looks++;
    }

    /// <summary>For the health report.</summary>
    public JsonObject Describe()
    {
        var streams = new JsonObject();
        foreach (var stream in _storage.Streams)
        {
            var info = stream.Info;
            streams[info.Config.Name!] = new JsonObject
            {
                ["messages"] = info.State.Messages, ["bytes"] = info.State.Bytes, ["max_bytes"] = info.Config.MaxBytes, ["last_sequence"] = info.State.LastSeq,
            };
        }

        return streams;
    }

    public void Dispose() => _meter.Dispose();

    private static bool IsNearlyFull(StreamInfo info) => info.Config.MaxBytes > 0 && info.State.Bytes >= info.Config.MaxBytes * Nearly;

    private void JudgeLoss()
    {
        if (_storage.Losses > _losses)
        {
            _losses = _storage.Losses;
            _lostAt = _time.GetTimestamp();
            _repairs.Raise(new Repair("store_lost", "store_lost", "error", new Dictionary<string, string> { ["bridge_id"] = _storage.BridgeId }));
        }
        else if (_losses > 0 && _time.GetElapsedTime(_lostAt) >= LossTold)
        {
            _repairs.Clear("store_lost");
        }
    }

    private void JudgeBucket(string bucket)
    {
        var id = $"bucket_settings.{bucket}";
        if (_storage.BucketTroubles.TryGetValue(bucket, out var settings))
        {
            _repairs.Raise(new Repair(id, "bucket_settings", "error", new Dictionary<string, string> { ["bucket"] = bucket, ["settings"] = settings }));
        }
        else
        {
            _repairs.Clear(id);
        }
    }

    private void Judge(StreamInfo info)
    {
        var name = info.Config.Name!;
        var id = $"stream_nearly_full.{name}";
        if (IsNearlyFull(info) && !ReachesBackEnough(info))
        {
            _repairs.Raise(new Repair(
                id, "stream_nearly_full", "warning",
                new Dictionary<string, string> { ["stream"] = name, ["limit_mib"] = $"{info.Config.MaxBytes >> 20}", ["since"] = OldestOf(info)?.ToString("u", CultureInfo.InvariantCulture) ?? "-" }));
        }
        else
        {
            _repairs.Clear(id);
        }
    }

    /// <summary>
    /// Discarding the oldest is how a lively home's history works, and no trouble while it reaches back a day. Where the last value of each subject is kept for ever, what is discarded is missed.
    /// </summary>
    private bool ReachesBackEnough(StreamInfo info) => info.Config.MaxAge > TimeSpan.Zero && OldestOf(info) is { } oldest && _time.GetUtcNow() - oldest >= Enough;

    private static DateTimeOffset? OldestOf(StreamInfo info) =>
        info.State.Messages > 0 && DateTimeOffset.TryParse(info.State.FirstTs, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var oldest) ? oldest : null;

    private IEnumerable<Measurement<long>> Measure(Func<StreamInfo, long> value) =>
        _storage.Streams.Select(stream => new Measurement<long>(value(stream.Info), new KeyValuePair<string, object?>("stream", stream.Info.Config.Name)));
}
