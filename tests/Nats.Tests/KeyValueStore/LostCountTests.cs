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
        var pending = 1;
        for (var sequence = 1; !listing.IsCompleted; sequence++)
        {
            await server.DeliverAsync(pull, sequence, subject: $"$KV.b.{Keys[sequence % Keys.Length]}", pending: pending);
            if (pending > 0 && asking.IsCompleted)
            {
                pending = 0;
                await server.AnswerAsync(await asking, $$"""{"stream_name": "KV_b", "name": "c", "config": {}, "num_pending": 0, "delivered": {"consumer_seq": {{sequence}}, "stream_seq": {{sequence}} } }""");
            }

            // The writer's pace: quicker than anybody loses patience.
            await Task.Delay(10, token);
        }

        (await listing).ShouldBe(Keys, ignoreOrder: true);
    }
}
