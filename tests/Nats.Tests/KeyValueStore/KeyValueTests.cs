using HaNatsBridge.Nats.Tests.JetStream;
using HaNatsBridge.Tests.Support;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.KeyValueStore;

/// <summary>Buckets, beyond the rules of ADR-8 (Conformance/Adr8*Rules).</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class KeyValueTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task Keys_are_listed_to_the_end_and_once_although_values_are_replaced_meanwhile(CancellationToken token)
    {
        // With one revision a key, a replaced value disappears from under the reader: what was pending never comes.
        var store = await CreateStoreAsync(token);
        string[] keys = ["a", "b", "c", "d"];
        foreach (var key in keys)
        {
            await store.PutAsync(key, 0, cancellationToken: token);
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(token);
        var writer = ReplaceAsync();
        for (var round = 0; round < 50; round++)
        {
            var listed = await store.GetKeysAsync(cancellationToken: token).ToListAsync(token);
            listed.ShouldBeSubsetOf(keys);
            listed.ShouldBeUnique();
        }

        await enough.CancelAsync();
        await writer;

        async Task ReplaceAsync()
        {
            for (var value = 0; !enough.IsCancellationRequested; value++)
            {
                var key = keys[value % keys.Length];
                await (value % 3 == 0 ? store.DeleteAsync(key, cancellationToken: token) : Put(key, value));
            }
        }

        async ValueTask Put(string key, int value) => await store.PutAsync(key, value, cancellationToken: token);
    }

    private async Task<INatsKVStore> CreateStoreAsync(CancellationToken token) =>
        await new NatsKVContext(JetStream()).CreateStoreAsync(new NatsKVConfig(UniqueName()) { Storage = NatsKVStorageType.Memory }, token);
}
