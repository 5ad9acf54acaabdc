using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-48: keys with a time to live, and what the server leaves of them. A put takes none on purpose: older revisions would come back when it is over.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr48Rules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-48", "Configuration")]
    public async Task A_bucket_with_markers_allows_ages_of_messages_and_keeps_markers_so_long(CancellationToken token)
    {
        var config = (await (await OpenWithMarkersAsync(token)).GetStatusAsync(token)).Info.Config;
        config.AllowMsgTTL.ShouldBeTrue();
        config.SubjectDeleteMarkerTTL.ShouldBe(TimeSpan.FromMinutes(1));
    }

    [Test]
    [Rule("ADR-48", "Status")]
    public async Task A_status_tells_how_long_markers_are_kept_and_zero_where_there_are_none(CancellationToken token)
    {
        (await (await OpenWithMarkersAsync(token)).GetStatusAsync(token)).LimitMarkerTTL.ShouldBe(TimeSpan.FromMinutes(1));
        (await (await OpenBucketAsync(token)).GetStatusAsync(token)).LimitMarkerTTL.ShouldBe(TimeSpan.Zero);
    }

    [TestCase(999)]
    [TestCase(-1000)]
    [Rule("ADR-48", "Configuration")]
    public async Task Markers_of_less_than_a_second_are_refused(int milliseconds, CancellationToken token) =>
        await Should.ThrowAsync<NatsKVException>(CreateBucketAsync(token, x => x with { LimitMarkerTTL = TimeSpan.FromMilliseconds(milliseconds) }));

    [Test]
    [Rule("ADR-48", "Configuration")]
    public async Task Markers_can_be_switched_on_and_changed_but_not_off(CancellationToken token)
    {
        var kv = KeyValue();
        var config = new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory };
        await kv.CreateStoreAsync(config, token);
        await UntilLeaderKnowsAsync(kv.JetStreamContext, $"KV_{config.Bucket}", isThere: true, token);
        var bucket = await kv.UpdateStoreAsync(config with { LimitMarkerTTL = TimeSpan.FromSeconds(10) }, token);
        await UntilReachedAsync(bucket, token);
        await bucket.CreateAsync("k", 1, TimeSpan.FromMinutes(1), cancellationToken: token);
        var changed = await kv.UpdateStoreAsync(config with { LimitMarkerTTL = TimeSpan.FromSeconds(20) }, token);
        (await changed.GetStatusAsync(token)).LimitMarkerTTL.ShouldBe(TimeSpan.FromSeconds(20));
        (await Should.ThrowAsync<NatsJSApiException>(kv.UpdateStoreAsync(config, token).AsTask())).Error.ErrCode.ShouldBe(10052);
    }

    [Test]
    [Rule("ADR-48", "Storing Values")]
    public async Task A_key_can_be_created_with_a_time_to_live_also_in_place_of_a_deleted_one(CancellationToken token)
    {
        var bucket = await OpenWithMarkersAsync(token);
        await bucket.CreateAsync("k", 1, TimeSpan.FromHours(1), cancellationToken: token);
        await bucket.DeleteAsync("k", cancellationToken: token);
        var revision = await bucket.CreateAsync("k", 2, TimeSpan.MaxValue, cancellationToken: token);
        (await HeadersAsync(bucket, 1, token))["Nats-TTL"].ToString().ShouldBe("3600s");
        (await HeadersAsync(bucket, revision, token))["Nats-TTL"].ToString().ShouldBe("never");
        (await bucket.GetEntryAsync<int>("k", cancellationToken: token)).Value.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-48", "Storing Values")]
    public async Task A_time_to_live_is_an_error_where_the_bucket_has_none(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await Should.ThrowAsync<NatsKVException>(bucket.CreateAsync("k", 1, TimeSpan.FromSeconds(5), cancellationToken: token).AsTask());
        (await bucket.TryPurgeAsync("k", TimeSpan.FromSeconds(5), cancellationToken: token)).Error.ShouldBeOfType<NatsKVException>();
        (await bucket.GetStatusAsync(token)).Info.State.Messages.ShouldBe(0);
    }

    [Test]
    [Rule("ADR-48", "Purging Keys")]
    public async Task A_purge_with_a_time_to_live_names_operation_rollup_and_time(CancellationToken token)
    {
        var bucket = await OpenWithMarkersAsync(token);
        await bucket.PutAsync("k", 1, cancellationToken: token);
        await bucket.PurgeAsync("k", TimeSpan.FromHours(1), cancellationToken: token);
        var headers = await HeadersAsync(bucket, 2, token);
        headers["KV-Operation"].ToString().ShouldBe("PURGE");
        headers["Nats-Rollup"].ToString().ShouldBe("sub");
        headers["Nats-TTL"].ToString().ShouldBe("3600s");
        (await bucket.GetStatusAsync(token)).Info.State.Messages.ShouldBe(1);
    }

    [TestCase("MaxAge", NatsKVOperation.Purge)]
    [TestCase("Purge", NatsKVOperation.Purge)]
    [TestCase("Remove", NatsKVOperation.Del)]
    [Rule("ADR-48", "Retrieving Values")]
    public async Task The_reason_of_a_marker_is_an_operation_in_gets_watchers_and_lists(string reason, NatsKVOperation operation, CancellationToken token)
    {
        var bucket = await OpenWithMarkersAsync(token);
        await bucket.PutAsync("k", "v", cancellationToken: token);
        await StoreAsync(bucket, "k", string.Empty, new NatsHeaders { ["Nats-Marker-Reason"] = reason }, token);
        (await bucket.TryGetEntryAsync<string>("k", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyDeletedException>();
        (await bucket.WatchAsync<string>(cancellationToken: token).FirstAsync(token)).Operation.ShouldBe(operation);
        (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBeEmpty();
        (await bucket.CreateAsync("k", "w", cancellationToken: token)).ShouldBe(3ul);
    }

    /// <summary>It could not insert markers and keep the sequences of its origin; the times it keeps to.</summary>
    [Test]
    [Rule("ADR-48", "Configuration")]
    public async Task A_mirror_of_a_bucket_has_its_times_to_live_but_no_markers_of_its_own(CancellationToken token)
    {
        var origin = await OpenWithMarkersAsync(token);
        var source = new StreamSource { Name = origin.Bucket };
        var mirror = await OpenBucketAsync(token, x => x with { Mirror = source, LimitMarkerTTL = TimeSpan.FromMinutes(1) });
        var config = (await mirror.GetStatusAsync(token)).Info.Config;
        (config.AllowMsgTTL, config.SubjectDeleteMarkerTTL).ShouldBe((true, TimeSpan.Zero));
        await mirror.CreateAsync("k", 1, TimeSpan.FromHours(1), cancellationToken: token);
        (await HeadersAsync(origin, 1, token))["Nats-TTL"].ToString().ShouldBe("3600s");
    }

    private Task<INatsKVStore> OpenWithMarkersAsync(CancellationToken token) => OpenBucketAsync(token, static x => x with { History = 5, LimitMarkerTTL = TimeSpan.FromMinutes(1) });

    private static async Task<NatsHeaders> HeadersAsync(INatsKVStore bucket, ulong revision, CancellationToken token)
    {
        var stream = await bucket.JetStreamContext.GetStreamAsync($"KV_{bucket.Bucket}", cancellationToken: token);
        return (await stream.GetDirectAsync<string>(new() { Seq = revision }, cancellationToken: token)).Headers!;
    }
}
