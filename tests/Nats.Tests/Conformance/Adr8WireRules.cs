using System.Text.Json;
using HaNatsBridge.Tests.Support;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: what operations on keys are on the line.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr8WireRules(Topology topology) : BucketRules(topology)
{
    private const string Expected = "Nats-Expected-Last-Subject-Sequence";

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task A_put_is_a_request_to_the_subject_of_the_key(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.PutAsync("auth.username", "me", cancellationToken: token);
        var put = await tap.NextAsync(token);
        put.Subject.ShouldBe($"$KV.{bucket.Bucket}.auth.username");
        put.ReplyTo.ShouldNotBeNullOrEmpty();
        put.Data.ShouldBe("me");
        put.Headers.ShouldBeNull();
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task An_update_says_which_revision_it_expects(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var revision = await bucket.PutAsync("k", 1, cancellationToken: token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.UpdateAsync("k", 2, revision, cancellationToken: token);
        (await tap.NextAsync(token)).Headers![Expected].ToString().ShouldBe("1");
    }

    [Test]
    [Rule("ADR-8", "Storing Values")]
    public async Task A_create_expects_none_and_then_the_deletion_that_it_finds(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.CreateAsync("k", 1, cancellationToken: token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        await bucket.CreateAsync("k", 2, cancellationToken: token);
        var sent = await tap.PassedAsync(token);
        sent.Select(static x => x.Headers?[Expected].ToString()).ShouldBe(["0", string.Empty, "0", "2"]);
    }

    [Test]
    [Rule("ADR-8", "Deleting Values")]
    public async Task A_delete_is_an_empty_message_with_its_operation(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        var delete = await tap.NextAsync(token);
        delete.Subject.ShouldBe($"$KV.{bucket.Bucket}.k");
        delete.Data.ShouldBeNullOrEmpty();
        delete.Headers!.Select(static x => $"{x.Key}: {x.Value}").ShouldBe(["KV-Operation: DEL"]);
    }

    [Test]
    [Rule("ADR-8", "Purging a key")]
    public async Task A_purge_is_an_empty_message_that_rolls_up_its_subject(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.PurgeAsync("k", cancellationToken: token);
        var purge = await tap.NextAsync(token);
        purge.Data.ShouldBeNullOrEmpty();
        purge.Headers!.Select(static x => $"{x.Key}: {x.Value}").ShouldBe(["KV-Operation: PURGE", "Nats-Rollup: sub"], ignoreOrder: true);
    }

    [Test]
    [Rule("ADR-8", "When allow_direct is true")]
    public async Task A_get_is_an_empty_request_whose_subject_names_stream_and_key(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("auth.username", "me", cancellationToken: token);
        await using var tap = await TapApiAsync(token);
        await bucket.GetEntryAsync<string>("auth.username", cancellationToken: token);
        var get = (await tap.PassedAsync(token)).Single(x => x.Subject.Contains(bucket.Bucket, StringComparison.Ordinal));
        get.Subject.ShouldBe($"$JS.API.DIRECT.GET.KV_{bucket.Bucket}.$KV.{bucket.Bucket}.auth.username");
        get.Data.ShouldBeNullOrEmpty();
    }

    [Test]
    [Rule("ADR-8", "When allow_direct is false")]
    public async Task A_get_without_direct_gets_asks_the_stream_for_the_last_message_of_the_subject(CancellationToken token)
    {
        var made = await OpenBucketAsync(token);
        await made.PutAsync("auth.username", "me", cancellationToken: token);
        var stream = await made.JetStreamContext.GetStreamAsync($"KV_{made.Bucket}", cancellationToken: token);
        await stream.UpdateAsync(stream.Info.Config with { AllowDirect = false }, token);
        var bucket = await KeyValue().GetStoreAsync(made.Bucket, token);
        await using var tap = await TapApiAsync(token);
        (await bucket.GetEntryAsync<string>("auth.username", cancellationToken: token)).Value.ShouldBe("me");
        var get = (await tap.PassedAsync(token)).Single(x => x.Subject.Contains(bucket.Bucket, StringComparison.Ordinal));
        get.Subject.ShouldBe($"$JS.API.STREAM.MSG.GET.KV_{bucket.Bucket}");
        JsonDocument.Parse(get.Data!).RootElement.GetProperty("last_by_subj").GetString().ShouldBe($"$KV.{bucket.Bucket}.auth.username");
    }

    [Test]
    [Rule("ADR-8", "Watch")]
    public async Task A_watcher_is_an_ordered_consumer_of_the_last_per_subject(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var consumer = await ConsumerOfAsync(bucket, bucket.WatchAsync<int>("a.*", opts: Ending, cancellationToken: token), token);
        consumer.GetProperty("deliver_policy").GetString().ShouldBe("last_per_subject");
        consumer.GetProperty("filter_subject").GetString().ShouldBe($"$KV.{bucket.Bucket}.a.*");
        consumer.GetProperty("ack_policy").GetString().ShouldBe("none");
        consumer.GetProperty("mem_storage").GetBoolean().ShouldBeTrue();
        consumer.TryGetProperty("headers_only", out _).ShouldBeFalse();
        consumer.TryGetProperty("durable_name", out _).ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-8", "Watchers Implementation Detail")]
    public async Task The_options_of_a_watcher_are_those_of_its_consumer(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        (await PolicyOfAsync(new NatsKVWatchOpts { IncludeHistory = true })).ShouldBe("all");
        (await PolicyOfAsync(new NatsKVWatchOpts { UpdatesOnly = true })).ShouldBe("new");
        (await PolicyOfAsync(new NatsKVWatchOpts { ResumeAtRevision = 3 })).ShouldBe("by_start_sequence");
        var consumer = await ConsumerOfAsync(bucket, bucket.WatchAsync<int>(opts: Ending with { MetaOnly = true }, cancellationToken: token), token);
        consumer.GetProperty("headers_only").GetBoolean().ShouldBeTrue();

        async Task<string?> PolicyOfAsync(NatsKVWatchOpts opts)
        {
            var watch = bucket.WatchAsync<int>(opts: opts with { OnNoData = Ending.OnNoData }, cancellationToken: token);
            return (await ConsumerOfAsync(bucket, watch, token)).GetProperty("deliver_policy").GetString();
        }
    }

    [Test]
    [Rule("ADR-8", "History")]
    public async Task A_history_is_an_ordered_consumer_of_all_of_the_subject(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var consumer = await ConsumerOfAsync(bucket, bucket.HistoryAsync<int>("k", cancellationToken: token), token);
        consumer.GetProperty("deliver_policy").GetString().ShouldBe("all");
        consumer.GetProperty("filter_subject").GetString().ShouldBe($"$KV.{bucket.Bucket}.k");
    }

    [Test]
    [Rule("ADR-8", "List of known keys")]
    public async Task The_keys_are_read_without_their_values(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var consumer = await ConsumerOfAsync(bucket, bucket.GetKeysAsync(cancellationToken: token), token);
        consumer.GetProperty("deliver_policy").GetString().ShouldBe("last_per_subject");
        consumer.GetProperty("headers_only").GetBoolean().ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-8", "History")]
    public async Task The_consumer_of_a_history_does_not_stay_behind(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("k", 1, cancellationToken: token);
        await bucket.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token);
        await Eventually.TrueAsync(async () => (await bucket.GetStatusAsync(token)).Info.State.ConsumerCount == 0, "the consumer is gone");
    }

    /// <summary>Keys that begin with _kv are the tools' own: ours writes none, and leaves them as they are.</summary>
    [Test]
    [Rule("ADR-8", "1.0")]
    public async Task The_client_keeps_nothing_of_its_own_in_a_bucket(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await using var tap = await TapKeysAsync(bucket, token);
        await bucket.CreateAsync("k", 1, cancellationToken: token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token);
        await bucket.PurgeDeletesAsync(cancellationToken: token);
        (await tap.PassedAsync(token)).ShouldAllBe(x => x.Subject == $"$KV.{bucket.Bucket}.k");
    }

    private static NatsKVWatchOpts Ending { get; } = new() { OnNoData = static _ => ValueTask.FromResult(true) };

    private Task<WireTap> TapKeysAsync(INatsKVStore bucket, CancellationToken token) => WireTap.OpenAsync(There(), $"$KV.{bucket.Bucket}.>", token);

    private Task<WireTap> TapApiAsync(CancellationToken token) => WireTap.OpenAsync(There(), "$JS.API.>", token);

    /// <summary>The configuration of the consumer that is made for reading.</summary>
    private async Task<JsonElement> ConsumerOfAsync<T>(INatsKVStore bucket, IAsyncEnumerable<T> reading, CancellationToken token)
    {
        await using var tap = await WireTap.OpenAsync(There(), $"$JS.API.CONSUMER.CREATE.KV_{bucket.Bucket}.>", token);
        await reading.ToListAsync(token);
        return JsonDocument.Parse((await tap.NextAsync(token)).Data!).RootElement.GetProperty("config");
    }
}
