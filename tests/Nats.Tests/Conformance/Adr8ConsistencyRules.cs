using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-8: a direct get may be answered by a replica that is behind. Here one is, for sure: what it says is the test's own.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr8ConsistencyRules(Topology topology) : BucketRules(topology)
{
    [Test]
    [Rule("ADR-8", "Consistency Guarantees")]
    public async Task A_get_gives_what_the_replica_knows(CancellationToken token)
    {
        var (bucket, behind) = await OpenBehindAsync(token);
        await bucket.PutAsync("k", "old", cancellationToken: token);
        await bucket.PutAsync("k", "new", cancellationToken: token);
        (await behind.GetEntryAsync<string>("k", cancellationToken: token)).Value.ShouldBe("old");
    }

    [TestCase(false)]
    [TestCase(true)]
    [Rule("ADR-8", "Storing Values")]
    public async Task A_create_takes_the_place_of_a_deletion_that_the_replica_does_not_know_of(bool purge, CancellationToken token)
    {
        var (bucket, behind) = await OpenBehindAsync(token);
        await bucket.PutAsync("k", "old", cancellationToken: token);
        await bucket.DeleteAsync("k", new NatsKVDeleteOpts { Purge = purge }, token);
        (await behind.CreateAsync("k", "new", cancellationToken: token)).ShouldBe(3ul);
        (await behind.TryCreateAsync("k", "newer", cancellationToken: token)).Error.ShouldBeOfType<NatsKVCreateException>();
    }

    /// <summary>A bucket, and the same behind a prefix whose direct gets are always answered with "old" as the first revision; everything else goes through.</summary>
    private async Task<(INatsKVStore Bucket, INatsKVStore Behind)> OpenBehindAsync(CancellationToken token)
    {
        var bucket = await OpenBucketAsync(token);
        var (prefix, relay) = (UniqueName(), There());
        var subscription = await relay.SubscribeCoreAsync<byte[]>($"{prefix}.>", cancellationToken: token);
        await relay.PingAsync(token);
        _ = RelayAsync();
        var here = Here();
        var js = new NatsJSContext(here, new NatsJSOpts(here.Opts, apiPrefix: prefix));
        return (bucket, await new NatsKVContext(js).GetStoreAsync(bucket.Bucket, token));

        async Task RelayAsync()
        {
            await foreach (var message in subscription.Msgs.ReadAllAsync(token))
            {
                var rest = message.Subject[(prefix.Length + 1)..];
                if (rest.StartsWith("DIRECT.GET.", StringComparison.Ordinal))
                {
                    await message.ReplyAsync("old"u8.ToArray(), OldHeaders(rest[(rest.IndexOf("$KV", StringComparison.Ordinal))..]), cancellationToken: token);
                    continue;
                }

                var subject = rest.StartsWith("$KV.", StringComparison.Ordinal) ? rest : $"$JS.API.{rest}";
                await relay.PublishAsync(subject, message.Data, message.Headers is { } headers ? Copy(headers) : null, message.ReplyTo, cancellationToken: token);
            }
        }
    }

    private static NatsHeaders OldHeaders(string subject) => new()
    {
        ["Nats-Stream"] = "replica",
        ["Nats-Subject"] = subject,
        ["Nats-Sequence"] = "1",
        ["Nats-Time-Stamp"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
    };

    private static NatsHeaders Copy(NatsHeaders headers)
    {
        var copy = new NatsHeaders();
        foreach (var (name, values) in headers)
        {
            copy[name] = values;
        }

        return copy;
    }
}
