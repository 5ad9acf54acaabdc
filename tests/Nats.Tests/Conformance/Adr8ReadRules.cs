using System.Text;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: reading single entries and the past of a key.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr8ReadRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "Entry")]
    public async Task An_entry_names_bucket_key_value_revision_time_and_operation(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("a.b", "one", cancellationToken: token);
        await bucket.PutAsync("a.b", "two", cancellationToken: token);
        var entry = await bucket.GetEntryAsync<string>("a.b", cancellationToken: token);
        entry.Bucket.ShouldBe(bucket.Bucket);
        entry.Key.ShouldBe("a.b");
        entry.Value.ShouldBe("two");
        entry.Revision.ShouldBe(2ul);
        entry.Delta.ShouldBe(0ul);
        entry.Operation.ShouldBe(NatsKVOperation.Put);
        entry.Created.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Test]
    [Rule("ADR-8", "Entry")]
    public async Task A_value_is_any_bytes_and_may_be_none(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        byte[] bytes = [0, 13, 10, 255, 0];
        await bucket.PutAsync("bytes", bytes, cancellationToken: token);
        await bucket.PutAsync("none", Array.Empty<byte>(), cancellationToken: token);
        (await bucket.GetEntryAsync<byte[]>("bytes", cancellationToken: token)).Value.ShouldBe(bytes);
        (await bucket.GetEntryAsync<byte[]>("none", cancellationToken: token)).Operation.ShouldBe(NatsKVOperation.Put);
    }

    [Test]
    [Rule("ADR-8", "Get Operation")]
    public async Task A_revision_of_the_past_can_be_read_but_not_as_another_keys(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "k", 2, token);
        var other = await bucket.PutAsync("other", 7, cancellationToken: token);
        (await bucket.GetEntryAsync<int>("k", 1, cancellationToken: token)).Value.ShouldBe(1);
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(bucket.GetEntryAsync<int>("k", other, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(bucket.GetEntryAsync<int>("k", 99, cancellationToken: token).AsTask());
    }

    [Test]
    [Rule("ADR-8", "Retrieving Values")]
    public async Task A_key_that_is_not_there_is_an_error_of_its_own(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(bucket.GetEntryAsync<int>("none", cancellationToken: token).AsTask());
        (await bucket.TryGetEntryAsync<int>("none", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyNotFoundException>();
    }

    [TestCase(false)]
    [TestCase(true)]
    [Rule("ADR-8", "Retrieving Values")]
    public async Task A_deleted_or_purged_key_is_an_error_in_a_get(bool purge, CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await bucket.PutAsync("k", "v", cancellationToken: token);
        await bucket.DeleteAsync("k", new NatsKVDeleteOpts { Purge = purge }, token);
        (await Should.ThrowAsync<NatsKVKeyDeletedException>(bucket.GetEntryAsync<string>("k", cancellationToken: token).AsTask())).Revision.ShouldBe(2ul);
    }

    /// <summary>Also one of a time to come; but not the empty one, and not PUT, the operation's own name.</summary>
    [TestCase("DEL", NatsKVOperation.Del)]
    [TestCase("PURGE", NatsKVOperation.Purge)]
    [TestCase("EXPIRED", NatsKVOperation.Del)]
    [TestCase("PUT", NatsKVOperation.Put)]
    [Rule("ADR-8", "Retrieving Values")]
    public async Task Whatever_operation_stands_in_the_header_the_value_is_gone(string header, NatsKVOperation operation, CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        await bucket.PutAsync("k", "v", cancellationToken: token);
        await StoreAsync(bucket, "k", "w", new NatsHeaders { ["KV-Operation"] = header }, token);
        (await bucket.TryGetEntryAsync<string>("k", cancellationToken: token)).Success.ShouldBe(operation == NatsKVOperation.Put);
        (await bucket.WatchAsync<string>(cancellationToken: token).FirstAsync(token)).Operation.ShouldBe(operation);
    }

    /// <summary>The bucket was made by somebody who wants to read what was just written, whoever wrote it.</summary>
    [Test]
    [Rule("ADR-8", "Consistency Guarantees")]
    public async Task A_bucket_without_direct_gets_is_read_from_its_leader(CancellationToken token)
    {
        var made = await OpenBucketAsync(token, static x => x with { History = 2 });
        var stream = await made.JetStreamContext.GetStreamAsync($"KV_{made.Bucket}", cancellationToken: token);
        await stream.UpdateAsync(stream.Info.Config with { AllowDirect = false }, token);
        var bucket = await KeyValue().GetStoreAsync(made.Bucket, token);
        await bucket.PutAsync("k", "ä", cancellationToken: token);
        await bucket.PutAsync("k", "o", cancellationToken: token);
        var entry = await bucket.GetEntryAsync<string>("k", cancellationToken: token);
        (entry.Value, entry.Revision, entry.Created > DateTimeOffset.UnixEpoch).ShouldBe(("o", 2ul, true));
        Encoding.UTF8.GetBytes((await bucket.GetEntryAsync<string>("k", 1, cancellationToken: token)).Value!).ShouldBe("ä"u8.ToArray());
        (await bucket.TryGetEntryAsync<string>("none", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyNotFoundException>();
        await bucket.DeleteAsync("k", cancellationToken: token);
        (await bucket.TryGetEntryAsync<string>("k", cancellationToken: token)).Error.ShouldBeOfType<NatsKVKeyDeletedException>();
    }

    [Test]
    [Rule("ADR-8", "History")]
    public async Task The_history_gives_every_revision_that_is_kept_oldest_first_and_ends(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 3 });
        await PutNumbersAsync(bucket, "k", 5, token);
        await bucket.PutAsync("other", 1, cancellationToken: token);
        var history = await bucket.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token);
        history.Select(static x => (x.Value, x.Revision)).ShouldBe([(3, 3ul), (4, 4ul), (5, 5ul)]);
        (await bucket.HistoryAsync<int>("none", cancellationToken: token).ToListAsync(token)).ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-8", "Entry")]
    public async Task The_delta_of_an_entry_of_the_past_is_its_distance_from_the_latest(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        await PutNumbersAsync(bucket, "k", 3, token);
        (await bucket.HistoryAsync<int>("k", cancellationToken: token).ToListAsync(token)).Select(static x => x.Delta).ShouldBe([2ul, 1ul, 0ul]);
    }

    [Test]
    [Rule("ADR-8", "List of known keys")]
    public async Task The_keys_are_those_that_were_neither_deleted_nor_purged(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token, static x => x with { History = 5 });
        (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBeEmpty();
        foreach (var key in (string[])["light.a", "light.b", "light.a", "switch.a", "sensor.a"])
        {
            await bucket.PutAsync(key, 1, cancellationToken: token);
        }

        await bucket.DeleteAsync("light.b", cancellationToken: token);
        await bucket.PurgeAsync("sensor.a", cancellationToken: token);
        (await bucket.GetKeysAsync(cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a", "switch.a"]);
    }

    /// <summary>A server before 2.10 ignores several filters, which the answer to the making of the consumer tells.</summary>
    [Test]
    [Rule("ADR-8", "Status")]
    public async Task The_keys_of_several_filters_are_theirs_also_where_the_server_ignores_the_filters(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        foreach (var key in (string[])["light.a", "light.b", "switch.a", "sensor.a"])
        {
            await bucket.PutAsync(key, 1, cancellationToken: token);
        }

        (await bucket.GetKeysAsync(["light.*"], cancellationToken: token).ToListAsync(token)).ShouldBe(["light.a", "light.b"]);
        (await bucket.GetKeysAsync(["light.b", "sensor.>"], cancellationToken: token).ToListAsync(token)).ShouldBe(["light.b", "sensor.a"]);
    }
}
