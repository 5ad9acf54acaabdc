using System.Collections.Concurrent;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The client protocol, with real servers.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class ClientProtocolRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("Client Protocol", "SUB")]
    public async Task A_wildcard_takes_what_it_matches_and_nothing_else(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var one = await there.SubscribeCoreAsync<int>($"{subject}.*", cancellationToken: token);
        await using var all = await there.SubscribeCoreAsync<int>($"{subject}.>", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync($"{subject}.a.b", 1, cancellationToken: token);
        await here.PublishAsync($"{subject}.a", 2, cancellationToken: token);
        (await one.Msgs.ReadAsync(token)).Data.ShouldBe(2);
        (await all.Msgs.ReadAsync(token)).Data.ShouldBe(1);
        (await all.Msgs.ReadAsync(token)).Data.ShouldBe(2);
    }

    [Test]
    [Rule("Client Protocol", "Protocol conventions")]
    public async Task A_subject_is_case_sensitive_and_the_full_wildcard_stands_for_one_token_at_least(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var below = await there.SubscribeCoreAsync<int>($"{subject}.A.>", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync($"{subject}.A", 1, cancellationToken: token);
        await here.PublishAsync($"{subject}.a.b", 2, cancellationToken: token);
        await here.PublishAsync($"{subject}.A.b", 3, cancellationToken: token);
        (await below.Msgs.ReadAsync(token)).Data.ShouldBe(3);
    }

    [Test]
    [Rule("Client Protocol", "SUB")]
    public async Task Of_each_queue_group_one_member_gets_a_message_and_a_plain_subscription_gets_it_too(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var one = await there.SubscribeCoreAsync<int>(subject, "red", cancellationToken: token);
        await using var two = await there.SubscribeCoreAsync<int>(subject, "red", cancellationToken: token);
        await using var blue = await there.SubscribeCoreAsync<int>(subject, "blue", cancellationToken: token);
        await using var plain = await there.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        for (var i = 0; i < 100; i++)
        {
            await here.PublishAsync(subject, i, cancellationToken: token);
        }

        for (var i = 0; i < 100; i++)
        {
            (await plain.Msgs.ReadAsync(token)).Data.ShouldBe(i);
            (await blue.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }

        await there.PingAsync(token);
        (one.Msgs.Count + two.Msgs.Count).ShouldBe(100);
        one.Msgs.Count.ShouldBeInRange(10, 90);
    }

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task A_message_arrives_with_its_reply_subject_and_an_answer_comes_back(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var questions = await there.SubscribeCoreAsync<string>(subject, cancellationToken: token);
        await using var answers = await here.SubscribeCoreAsync<string>($"{subject}.answer", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await UntilKnownAsync(here, there, token);
        await here.PublishAsync(subject, "?", replyTo: $"{subject}.answer", cancellationToken: token);
        var question = await questions.Msgs.ReadAsync(token);
        question.ReplyTo.ShouldBe($"{subject}.answer");
        await question.ReplyAsync("!", cancellationToken: token);
        (await answers.Msgs.ReadAsync(token)).Data.ShouldBe("!");
    }

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task A_message_may_have_no_payload(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var sub = await there.SubscribeCoreAsync<byte[]>(subject, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync(subject, cancellationToken: token);
        var msg = await sub.Msgs.ReadAsync(token);
        (msg.IsEmpty, msg.HasNoResponders, msg.Headers, msg.ReplyTo).ShouldBe((true, false, null, null));
    }

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task A_payload_of_any_bytes_arrives_as_it_was(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var sub = await there.SubscribeCoreAsync<byte[]>(subject, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        byte[] payload = [.. "\r\nMSG x 1 1\r\n"u8, .. Enumerable.Range(0, 256).Select(static x => (byte)x), .. "\r\n"u8];
        await here.PublishAsync(subject, payload, cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(payload);
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task Without_echo_a_connection_does_not_hear_itself(CancellationToken token)
    {
        var (quiet, other, subject) = (Here(static x => x with { Echo = false }), There(), UniqueName());
        await using var own = await quiet.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await using var foreign = await other.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await UntilKnownAsync(other, quiet, token);
        await quiet.PublishAsync(subject, 1, cancellationToken: token);
        (await foreign.Msgs.ReadAsync(token)).Data.ShouldBe(1);
        await quiet.PingAsync(token);
        own.Msgs.Count.ShouldBe(0);
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task A_request_that_nobody_hears_fails_at_once(CancellationToken token)
    {
        var here = Here();
        await Should.ThrowAsync<NatsNoRespondersException>(here.RequestAsync<int, int>(UniqueName(), 1, cancellationToken: token).AsTask());
        (await here.RequestAsync<int, int>(UniqueName(), 1, replyOpts: new NatsSubOpts { ThrowIfNoResponders = false }, cancellationToken: token)).HasNoResponders.ShouldBeTrue();
    }

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task The_server_ends_a_subscription_after_the_number_of_messages_that_it_was_told(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var two = await there.SubscribeCoreAsync<int>(subject, opts: new NatsSubOpts { MaxMsgs = 2 }, cancellationToken: token);
        await using var all = await there.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        for (var i = 1; i <= 3; i++)
        {
            await here.PublishAsync(subject, i, cancellationToken: token);
        }

        (await two.Msgs.ReadAllAsync(token).Select(static x => x.Data).ToListAsync(token)).ShouldBe([1, 2]);
        (await all.Msgs.ReadAllAsync(token).Take(3).Select(static x => x.Data).ToListAsync(token)).ShouldBe([1, 2, 3]);
    }

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task An_ended_subscription_is_no_responder_any_more(CancellationToken token)
    {
        var (here, subject) = (Here(), UniqueName());
        var sub = await here.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await sub.UnsubscribeAsync();
        await here.PingAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(here.RequestAsync<int, int>(subject, 1, cancellationToken: token).AsTask());
    }

    [Test]
    [Rule("Client Protocol", "Protocol conventions")]
    public async Task Subjects_outside_ASCII_are_sent_as_UTF_8(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var sub = await there.SubscribeCoreAsync<string>($"{subject}.küche.>", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync($"{subject}.küche.lämpchen", "an", cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Subject.ShouldBe($"{subject}.küche.lämpchen");
    }

    [Test]
    [Rule("Client Protocol", "+OK/ERR")]
    public async Task A_message_over_max_payload_fails_alone_and_is_not_sent(CancellationToken token)
    {
        var (here, subject) = (Here(), UniqueName());
        var errors = new ConcurrentQueue<string>();
        here.ServerError += (_, args) =>
        {
            errors.Enqueue(args.Error);
            return ValueTask.CompletedTask;
        };
        await here.ConnectAsync();
        var max = here.ServerInfo!.MaxPayload;
        await using var sub = await here.SubscribeCoreAsync<byte[]>(subject, cancellationToken: token);
        await Should.ThrowAsync<NatsPayloadTooLargeException>(async () => await here.PublishAsync(subject, new byte[max + 1], cancellationToken: token));
        await Should.ThrowAsync<NatsPayloadTooLargeException>(async () => await here.PublishAsync(subject, new byte[max], new NatsHeaders { ["A"] = "b" }, cancellationToken: token));
        await here.PublishAsync(subject, new byte[max], cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Data!.Length.ShouldBe(max);
        errors.ShouldBeEmpty();
    }
}
