using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: making, finding, changing and deleting buckets, and what is told of them.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr8ManagementRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task A_bucket_that_exists_is_bound_by_its_name(CancellationToken token)
    {
        var made = await OpenBucketAsync(token, static x => x with { History = 3 });
        await made.PutAsync("k", 1, cancellationToken: token);
        var bound = await KeyValue().GetStoreAsync(made.Bucket, token);
        bound.Bucket.ShouldBe(made.Bucket);
        (await bound.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
        (await bound.PutAsync("k", 2, cancellationToken: token)).ShouldBe(2ul);
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task Binding_makes_no_bucket(CancellationToken token)
    {
        var (kv, name) = (KeyValue(), UniqueName());
        (await Should.ThrowAsync<NatsJSApiException>(kv.GetStoreAsync(name, token).AsTask())).Error.Code.ShouldBe(404);
        (await kv.GetBucketNamesAsync(token).ToListAsync(token)).ShouldNotContain(name);
    }

    [Test]
    [Rule("ADR-8", "Buckets")]
    public async Task A_stream_of_that_name_without_a_history_per_key_is_no_bucket(CancellationToken token)
    {
        var (js, name) = (JetStream(), UniqueName());
        await js.CreateStreamAsync(new StreamConfig($"KV_{name}", [$"$KV.{name}.>"]) { Storage = StreamConfigStorage.Memory }, token);
        await Should.ThrowAsync<NatsKVException>(new NatsKVContext(js).GetStoreAsync(name, token).AsTask());
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task Making_a_bucket_again_gives_the_same_and_another_of_its_name_is_refused(CancellationToken token)
    {
        var kv = KeyValue();
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory };
        await (await kv.CreateStoreAsync(config, token)).PutAsync("k", 1, cancellationToken: token);
        (await (await kv.CreateStoreAsync(config, token)).GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
        (await Should.ThrowAsync<NatsJSApiException>(kv.CreateStoreAsync(config with { History = 5 }, token).AsTask())).Error.ErrCode.ShouldBe(10058);
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task An_update_changes_a_bucket_and_makes_none(CancellationToken token)
    {
        var kv = KeyValue();
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory };
        (await Should.ThrowAsync<NatsJSApiException>(kv.UpdateStoreAsync(config, token).AsTask())).Error.Code.ShouldBe(404);
        await kv.CreateStoreAsync(config, token);
        var changed = await kv.UpdateStoreAsync(config with { MaxBytes = 2000, Description = "lamps" }, token);
        var now = (await changed.GetStatusAsync(token)).Info.Config;
        now.MaxBytes.ShouldBe(2000);
        now.Description.ShouldBe("lamps");
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task Create_or_update_does_what_is_needed(CancellationToken token)
    {
        var kv = KeyValue();
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory, MaxBytes = 1000 };
        await (await kv.CreateOrUpdateStoreAsync(config, token)).PutAsync("k", 1, cancellationToken: token);
        var bucket = await kv.CreateOrUpdateStoreAsync(config with { MaxBytes = 2000 }, token);
        (await bucket.GetStatusAsync(token)).Info.Config.MaxBytes.ShouldBe(2000);
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "Deleting a bucket")]
    public async Task A_deleted_bucket_takes_its_stream_along(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var kv = KeyValue();
        (await kv.DeleteStoreAsync(bucket.Bucket, token)).ShouldBeTrue();
        (await kv.JetStreamContext.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token)).ShouldNotContain($"KV_{bucket.Bucket}");
        (await Should.ThrowAsync<NatsJSApiException>(kv.DeleteStoreAsync(bucket.Bucket, token).AsTask())).Error.Code.ShouldBe(404);
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task The_names_of_all_buckets_can_be_listed_without_those_of_other_streams(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var names = await new NatsKVContext(js).GetBucketNamesAsync(token).ToListAsync(token);
        names.ShouldContain(bucket.Bucket);
        names.ShouldNotContain(stream.Info.Config.Name!);
    }

    [Test]
    [Rule("ADR-8", "KV Management")]
    public async Task The_states_of_all_buckets_can_be_listed(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("k", 1, cancellationToken: token);
        var states = await KeyValue().GetStatusesAsync(token).ToListAsync(token);
        states.Single(x => x.Bucket == bucket.Bucket).Info.State.Messages.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-8", "Status")]
    public async Task A_status_counts_all_values_with_those_of_the_past_and_their_bytes(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 3, MaxAge = TimeSpan.FromMinutes(5) });
        await PutNumbersAsync(bucket, "k", 5, token);
        var status = await bucket.GetStatusAsync(token);
        status.Bucket.ShouldBe(bucket.Bucket);
        status.Info.State.Messages.ShouldBe(3);
        status.Info.State.Bytes.ShouldBeGreaterThan(0);
    }

    [Test]
    [Rule("ADR-8", "Status")]
    public async Task A_status_tells_history_age_and_what_stands_behind_the_bucket(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 3, MaxAge = TimeSpan.FromMinutes(5) });
        var config = (await bucket.GetStatusAsync(token)).Info.Config;
        config.MaxMsgsPerSubject.ShouldBe(3);
        config.MaxAge.ShouldBe(TimeSpan.FromMinutes(5));
        config.Name.ShouldBe($"KV_{bucket.Bucket}");
    }

    /// <summary>What a server that cannot compress (2.9) was asked for is not what it does.</summary>
    [Test]
    [Rule("ADR-8", "Status")]
    public async Task A_status_tells_whether_the_data_is_compressed(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { Compression = true, Storage = NatsKVStorageType.File });
        (await bucket.GetStatusAsync(token)).IsCompressed.ShouldBe(!IsOldest);
        (await (await OpenBucketAsync(token)).GetStatusAsync(token)).IsCompressed.ShouldBeFalse();
    }
}
