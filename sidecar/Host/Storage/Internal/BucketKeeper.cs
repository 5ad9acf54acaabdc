using System.Collections.Concurrent;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Makes a bucket as declared, or brings one that is already there into shape as far as the server lets it.</summary>
internal sealed partial class BucketKeeper(INatsJSContext jetStream, ILogger logger)
{
    private const int BucketNotFound = 10059;
    private const string StreamPrefix = "KV_";

    private readonly NatsKVContext _keyValue = new(jetStream);
    private readonly ConcurrentDictionary<string, string> _troubles = new(StringComparer.Ordinal);

    /// <summary>
    /// Buckets whose settings are wrong and stay so, with what is wrong: <c>storage is Memory instead of File</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Troubles => _troubles;

    /// <summary>The bucket, as far as possible as declared.</summary>
    public async Task<INatsKVStore> EnsureAsync(BucketDeclaration declared, CancellationToken cancellationToken)
    {
        var plan = new NatsKVConfig(declared.Name) { Description = declared.Description, History = declared.History };
        if (declared.RepublishedTo is { } subjects)
        {
            plan = plan with { Republish = new NatsKVRepublish { Src = $"$KV.{declared.Name}.>", Dest = subjects } };
        }

        StreamConfig now;
        try
        {
            // As a stream: one that keeps no history would not be taken for a bucket.
            now = (await jetStream.GetStreamAsync(StreamPrefix + plan.Bucket, cancellationToken: cancellationToken)).Info.Config;
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == BucketNotFound)
        {
            var made = await _keyValue.CreateStoreAsync(plan, cancellationToken);
            LogMade(plan.Bucket);
            now = (await made.GetStatusAsync(cancellationToken)).Info.Config;
        }

        await CorrectAsync(plan, now, cancellationToken);
        return await _keyValue.GetStoreAsync(plan.Bucket, cancellationToken);
    }

    private async Task CorrectAsync(NatsKVConfig plan, StreamConfig now, CancellationToken cancellationToken)
    {
        var settings = BucketSetting.Of(plan);
        var planned = Planned(plan, settings);
        var wrong = Wrong(settings, planned, now);
        if (wrong.Any(setting => setting.Correct is not null))
        {
            var before = Text(wrong, planned, now);
            now = await TryCorrectAsync(wrong, now, cancellationToken);
            wrong = Wrong(settings, planned, now);
            LogCorrected(plan.Bucket, before, wrong.Count);
        }

        if (wrong.Count == 0)
        {
            _troubles.TryRemove(plan.Bucket, out _);
            return;
        }

        var text = Text(wrong, planned, now);
        if (!_troubles.TryGetValue(plan.Bucket, out var known) || known != text)
        {
            _troubles[plan.Bucket] = text;
            LogWrong(plan.Bucket, text);
        }
    }

    /// <summary>
    /// All at once; where the server refuses, one by one, so that what it does not let us change keeps nothing else wrong.
    /// </summary>
    private async Task<StreamConfig> TryCorrectAsync(
        IReadOnlyList<BucketSetting> wrong, StreamConfig now, CancellationToken cancellationToken)
    {
        var corrections = wrong.Select(setting => setting.Correct).OfType<Func<StreamConfig, StreamConfig>>().ToArray();
        if (await TryUpdateAsync(corrections.Aggregate(now, (config, correct) => correct(config)), cancellationToken) is { } all)
        {
            return all;
        }

        foreach (var correct in corrections)
        {
            now = await TryUpdateAsync(correct(now), cancellationToken) ?? now;
        }

        return now;
    }

    private async Task<StreamConfig?> TryUpdateAsync(StreamConfig config, CancellationToken cancellationToken)
    {
        try
        {
            return (await jetStream.UpdateStreamAsync(config, cancellationToken)).Info.Config;
        }
        catch (NatsJSApiException exception)
        {
            LogRefused(config.Name!, exception.Message);
            return null;
        }
    }

    /// <summary>What a bucket that we make has.</summary>
    private static StreamConfig Planned(NatsKVConfig plan, IReadOnlyList<BucketSetting> settings)
    {
        var made = new StreamConfig
        {
            Name = StreamPrefix + plan.Bucket, Storage = StreamConfigStorage.File, Retention = StreamConfigRetention.Limits,
        };
        return settings.Select(setting => setting.Correct).OfType<Func<StreamConfig, StreamConfig>>()
            .Aggregate(made, (config, correct) => correct(config));
    }

    private static List<BucketSetting> Wrong(IReadOnlyList<BucketSetting> settings, StreamConfig planned, StreamConfig now) =>
        [.. settings.Where(setting => setting.Read(now) != setting.Read(planned))];

    private static string Text(IEnumerable<BucketSetting> wrong, StreamConfig planned, StreamConfig now) =>
        string.Join("; ", wrong.Select(setting => $"{setting.Name} is {setting.Read(now)} instead of {setting.Read(planned)}"));

    [LoggerMessage(1212, LogLevel.Information, "Made bucket {Bucket}")]
    private partial void LogMade(string bucket);

    [LoggerMessage(1213, LogLevel.Warning, "Corrected the bucket {Bucket} ({Before}); settings that could not be corrected: {Left}")]
    private partial void LogCorrected(string bucket, string before, int left);

    [LoggerMessage(1214, LogLevel.Warning, "The settings of {Stream} cannot be corrected at once: {Reason}")]
    private partial void LogRefused(string stream, string reason);

    [LoggerMessage(1215, LogLevel.Error, "The bucket {Bucket} stays other than designed: {Settings}")]
    private partial void LogWrong(string bucket, string settings);
}
