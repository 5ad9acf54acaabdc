using HaNatsBridge.Nats.Tests.Conformance;
using NATS.Client.KeyValueStore;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.KeyValueStore;

/// <summary>A server (2.15) may lose count of what a consumer has to deliver when values are replaced meanwhile: caught up, it goes on saying that one more is pending until it is asked.</summary>
[CancelAfter(30_000)]
public sealed class LostCountTests
{
    private static readonly string[] Keys = ["lamp", "door"];

    [Test]
    public async Task A_listing_ends_although_the_count_is_wrong_and_values_keep_coming(CancellationToken token)
    {
        await using var server = new ScriptedJetStream();
        var opening = new NatsKVContext(server.Context).GetStoreAsync("b", token).AsTask();
        const string Info = """{"config": {"name": "KV_b", "subjects": ["$KV.b.>"], "max_msgs_per_subject": 1}, "created": "2026-01-01T00:00:00Z", "state": {"first_seq": 1, "last_seq": 2} }""";
        await server.AnswerAsync(await server.NextAsync(token, "STREAM.INFO.KV_b"), Info);
        var listing = (await opening).GetKeysAsync(cancellationToken: token).ToListAsync(token).AsTask();
        var (_, pull) = await server.AcceptOrderedAsync(token);
        var asking = server.NextAsync(token, "CONSUMER.INFO.KV_b.");
        var sequence = 0;
        while (!asking.IsCompleted)
        {
            // The next value when this one has arrived: quicker than anybody loses patience.
            await DeliverAsync(pending: 1);
            await server.Connection.PingAsync(token);
        }

        // Asked, the server counts anew. This value before the answer, for after it the listing may be over.
        await DeliverAsync(pending: 0);
        await server.AnswerAsync(await asking, $$"""{"stream_name": "KV_b", "name": "c", "config": {}, "num_pending": 0, "delivered": {"consumer_seq": {{sequence}}, "stream_seq": {{sequence}} } }""");
        (await listing).ShouldBe(Keys, ignoreOrder: true);

        Task DeliverAsync(int pending) => server.DeliverAsync(pull, ++sequence, subject: $"$KV.b.{Keys[sequence % Keys.Length]}", pending: pending);
    }
}
