using System.Text.Json;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: the stream that is a bucket, as it is asked for.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr8BucketRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task The_stream_of_a_bucket_is_named_after_it_and_takes_the_subjects_below_its_name(CancellationToken token)
    {
        var (bucket, config) = await AskedForAsync(token);
        config.GetProperty("name").GetString().ShouldBe($"KV_{bucket}");
        Texts(config.GetProperty("subjects")).ShouldBe([$"$KV.{bucket}.>"]);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task The_history_is_the_limit_of_messages_per_subject(CancellationToken token) =>
        (await AskedForAsync(token, static x => x with { History = 64 })).Config.GetProperty("max_msgs_per_subject").GetInt32().ShouldBe(64);

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task One_revision_of_a_key_is_kept_when_nothing_is_said(CancellationToken token) =>
        (await AskedForAsync(token)).Config.GetProperty("max_msgs_per_subject").GetInt32().ShouldBe(1);

    [TestCase(65)]
    [TestCase(-1)]
    [Rule("ADR-8", "Buckets")]
    public async Task More_than_64_revisions_are_refused(int history, CancellationToken token) =>
        await Should.ThrowAsync<NatsKVException>(CreateBucketAsync(token, x => x with { History = history }));

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_bucket_lies_in_one_file_when_nothing_is_said(CancellationToken token)
    {
        var (_, config) = await AskedForAsync(token, static x => new NatsKVConfig(x.Bucket));
        config.GetProperty("storage").GetString().ShouldBe("file");
        config.GetProperty("num_replicas").GetInt32().ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task The_age_of_values_is_that_of_messages(CancellationToken token) =>
        (await AskedForAsync(token, static x => x with { MaxAge = TimeSpan.FromHours(1) })).Config.GetProperty("max_age").GetInt64().ShouldBe(3_600_000_000_000);

    [TestCase(0, 120)]
    [TestCase(30, 30)]
    [TestCase(119, 119)]
    [TestCase(600, 120)]
    [Rule("ADR-8", "Buckets")]
    public async Task The_duplicate_window_is_the_age_of_values_when_that_is_below_two_minutes(int age, int window, CancellationToken token) =>
        (await AskedForAsync(token, x => x with { MaxAge = TimeSpan.FromSeconds(age) })).Config.GetProperty("duplicate_window").GetInt64().ShouldBe(window * 1_000_000_000L);

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_value_beyond_the_largest_is_refused(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { MaxValueSize = 100 });
        await bucket.PutAsync("k", new byte[50], cancellationToken: token);
        (await Should.ThrowAsync<NatsJSApiException>(bucket.PutAsync("k", new byte[101], cancellationToken: token).AsTask())).Error.ErrCode.ShouldBe(10054);
        (await bucket.GetEntryAsync<byte[]>("k", cancellationToken: token)).Value!.Length.ShouldBe(50);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task The_number_of_keys_has_no_limit(CancellationToken token)
    {
        var (_, config) = await AskedForAsync(token);
        config.GetProperty("max_msgs").GetInt64().ShouldBe(-1);
        config.GetProperty("max_bytes").GetInt64().ShouldBe(-1);
        config.GetProperty("max_msg_size").GetInt64().ShouldBe(-1);
        config.GetProperty("max_consumers").GetInt64().ShouldBe(-1);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_full_bucket_refuses_what_is_new_and_keeps_what_it_has(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { MaxBytes = 300 });
        await bucket.PutAsync("first", new byte[150], cancellationToken: token);
        (await Should.ThrowAsync<NatsJSApiException>(bucket.PutAsync("second", new byte[250], cancellationToken: token).AsTask())).Error.Code.ShouldBe(503);
        (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["first"]);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task What_is_new_is_refused_rollups_are_allowed_deletes_denied_and_direct_gets_allowed_always(CancellationToken token)
    {
        var (_, config) = await AskedForAsync(token);
        config.GetProperty("discard").GetString().ShouldBe("new");
        config.GetProperty("retention").GetString().ShouldBe("limits");
        config.GetProperty("allow_rollup_hdrs").GetBoolean().ShouldBeTrue();
        config.GetProperty("deny_delete").GetBoolean().ShouldBeTrue();
        config.GetProperty("allow_direct").GetBoolean().ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_single_revision_cannot_be_deleted_from_the_stream(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var revision = await bucket.PutAsync("k", 1, cancellationToken: token);
        var stream = $"KV_{bucket.Bucket}";
        await Should.ThrowAsync<NatsJSApiException>(bucket.JetStreamContext.DeleteMessageAsync(stream, new StreamMsgDeleteRequest { Seq = revision }, token).AsTask());
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task Placement_is_asked_for_as_it_was_said(CancellationToken token)
    {
        var (_, config) = await AskedForAsync(token, static x => x with { Placement = new Placement { Cluster = "clstr", Tags = ["tag1", "tag2"] } });
        var placement = config.GetProperty("placement");
        placement.GetProperty("cluster").GetString().ShouldBe("clstr");
        Texts(placement.GetProperty("tags")).ShouldBe(["tag1", "tag2"]);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task Compression_is_asked_for_as_s2(CancellationToken token)
    {
        (await AskedForAsync(token, static x => x with { Compression = true })).Config.GetProperty("compression").GetString().ShouldBe("s2");
        (await AskedForAsync(token)).Config.TryGetProperty("compression", out var none).ShouldBeFalse($"{none}");
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task Each_change_of_a_bucket_can_be_published_again(CancellationToken token)
    {
        var again = UniqueName();
        await using var tap = await WireTap.OpenAsync(There(), $"{again}.>", token);
        var bucket = await OpenBucketAsync(token, x => x with { Republish = new NatsKVRepublish { Src = $"$KV.{x.Bucket}.>", Dest = $"{again}.>" } });
        await bucket.PutAsync("room.lamp", "on", cancellationToken: token);
        var message = await tap.NextAsync(token);
        message.Subject.ShouldBe($"{again}.room.lamp");
        message.Data.ShouldBe("on");
    }

    /// <summary>The bucket's name and the configuration in the request that makes it, whatever the server says to it.</summary>
    private async Task<(string Bucket, JsonElement Config)> AskedForAsync(CancellationToken token, Func<NatsKVConfig, NatsKVConfig>? configure = null)
    {
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory };
        config = configure?.Invoke(config) ?? config;
        await using var tap = await WireTap.OpenAsync(There(), $"$JS.API.STREAM.CREATE.KV_{config.Bucket}", token);
        try
        {
            await KeyValue().CreateStoreAsync(config, token);
        }
        catch (NatsJSApiException e) when (e.Error.Code is 400 or 500)
        {
            // A lone server has no cluster to place anything in.
            config.Placement.ShouldNotBeNull(e.Message);
        }

        return (config.Bucket, JsonDocument.Parse((await tap.NextAsync(token)).Data!).RootElement);
    }

    private static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(static x => x.GetString());
}
