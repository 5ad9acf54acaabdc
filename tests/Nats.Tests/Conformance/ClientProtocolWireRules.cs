using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The client protocol, the commands: byte by byte with a server that only listens, or says what no rule forbids.</summary>
[CancelAfter(45_000)]
public sealed class ClientProtocolWireRules
{
    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task PUB_is_subject_length_and_payload_each_line_ended_by_CR_LF(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("FOO", "Hello NATS!", cancellationToken: token), token)).ShouldBe("PUB FOO 11\r\nHello NATS!\r\n");

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task PUB_names_the_reply_subject_between_subject_and_length(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("FRONT.DOOR", "Knock Knock", replyTo: "INBOX.22", cancellationToken: token), token))
            .ShouldBe("PUB FRONT.DOOR INBOX.22 11\r\nKnock Knock\r\n");

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task PUB_without_payload_has_length_0_and_its_second_CR_LF(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("NOTIFY", cancellationToken: token), token)).ShouldBe("PUB NOTIFY 0\r\n\r\n");

    [Test]
    [Rule("Client Protocol", "PUB")]
    public async Task The_length_of_PUB_counts_bytes_not_characters(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("FOO", "ä€😀", cancellationToken: token), token)).ShouldBe("PUB FOO 9\r\nä€😀\r\n");

    [Test]
    [Rule("Client Protocol", "HPUB")]
    public async Task HPUB_tells_the_length_of_its_headers_and_of_all(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("FOO", "Hello NATS!", new NatsHeaders { ["Bar"] = "Baz" }, cancellationToken: token), token))
            .ShouldBe("HPUB FOO 22 33\r\nNATS/1.0\r\nBar: Baz\r\n\r\nHello NATS!\r\n");

    [Test]
    [Rule("Client Protocol", "HPUB")]
    public async Task HPUB_names_the_reply_subject_before_its_lengths_and_each_header_on_its_line(CancellationToken token)
    {
        var headers = new NatsHeaders { ["BREAKFAST"] = "donut", ["LUNCH"] = "burger" };
        (await SentAsync(nats => nats.PublishAsync("FRONT.DOOR", "Knock Knock", headers, replyTo: "INBOX.22", cancellationToken: token), token))
            .ShouldBe("HPUB FRONT.DOOR INBOX.22 45 56\r\nNATS/1.0\r\nBREAKFAST: donut\r\nLUNCH: burger\r\n\r\nKnock Knock\r\n");
    }

    [Test]
    [Rule("Client Protocol", "HPUB")]
    public async Task HPUB_without_payload_has_two_equal_lengths(CancellationToken token) =>
        (await SentAsync(nats => nats.PublishAsync("NOTIFY", headers: new NatsHeaders { ["Bar"] = "Baz" }, cancellationToken: token), token))
            .ShouldBe("HPUB NOTIFY 22 22\r\nNATS/1.0\r\nBar: Baz\r\n\r\n\r\n");

    [Test]
    [Rule("Client Protocol", "SUB")]
    public async Task SUB_names_subject_queue_group_and_a_number_of_its_own(CancellationToken token) =>
        (await SentAsync(
            async nats =>
            {
                await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
                await nats.SubscribeCoreAsync<string>("BAR", "G1", cancellationToken: token);
                await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
            },
            token)).ShouldBe("SUB FOO 1\r\nSUB BAR G1 2\r\nSUB FOO 3\r\n");

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task UNSUB_names_the_number_of_the_subscription_and_no_number_is_used_again(CancellationToken token) =>
        (await SentAsync(
            async nats =>
            {
                var sub = await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
                await sub.UnsubscribeAsync();
                await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
            },
            token)).ShouldBe("SUB FOO 1\r\nUNSUB 1\r\nSUB FOO 2\r\n");

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task UNSUB_with_a_number_of_messages_follows_its_SUB_at_once(CancellationToken token) =>
        (await SentAsync(async nats => await nats.SubscribeCoreAsync<string>("FOO", opts: new NatsSubOpts { MaxMsgs = 5 }, cancellationToken: token), token))
            .ShouldBe("SUB FOO 1\r\nUNSUB 1 5\r\n");

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task More_messages_than_were_asked_for_are_not_delivered(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var reading = nats.SubscribeAsync<string>("FOO", opts: new NatsSubOpts { MaxMsgs = 2 }, cancellationToken: token).Select(static x => x.Data).ToListAsync(token).AsTask();
        await server.UntilAsync("UNSUB 1 2\r\n");
        await server.SayAsync("MSG FOO 1 1\r\na\r\nMSG FOO 1 1\r\nb\r\nMSG FOO 1 1\r\nc\r\n", token);
        (await reading).ShouldBe(["a", "b"]);
    }

    [TestCase("MSG FOO.BAR 1 11\r\nHello World\r\n", null)]
    [TestCase("MSG FOO.BAR 1 INBOX.34 11\r\nHello World\r\n", "INBOX.34")]
    [TestCase("msg FOO.BAR 1 INBOX.34 11\r\nHello World\r\n", "INBOX.34")]
    [TestCase("MSG\tFOO.BAR  1 \t INBOX.34 11\r\nHello World\r\n", "INBOX.34")]
    [Rule("Client Protocol", "MSG")]
    public async Task MSG_is_read_with_and_without_reply_subject_in_any_case_and_with_any_white_space(string line, string? replyTo, CancellationToken token)
    {
        var msg = await ReceiveAsync(line, token);
        (msg.Subject, msg.ReplyTo, msg.Data, msg.Headers).ShouldBe(("FOO.BAR", replyTo, "Hello World", null));
    }

    [Test]
    [Rule("Client Protocol", "MSG")]
    public async Task A_payload_is_what_its_length_says_whatever_it_holds(CancellationToken token) =>
        (await ReceiveAsync("MSG FOO.BAR 1 19\r\n\r\nPING\r\n-ERR 'x'\r\n\0\r\n", token)).Data.ShouldBe("\r\nPING\r\n-ERR 'x'\r\n\0");

    [TestCase("HMSG FOO.BAR 1 34 45\r\n", null)]
    [TestCase("HMSG FOO.BAR 1 INBOX.69 34 45\r\n", "INBOX.69")]
    [Rule("Client Protocol", "HMSG")]
    public async Task HMSG_is_read_with_and_without_reply_subject(string line, string? replyTo, CancellationToken token)
    {
        var msg = await ReceiveAsync(line + "NATS/1.0\r\nFoodGroup: vegetable\r\n\r\nHello World\r\n", token);
        (msg.Subject, msg.ReplyTo, msg.Data, msg.Headers?["FoodGroup"].ToString()).ShouldBe(("FOO.BAR", replyTo, "Hello World", "vegetable"));
    }

    [Test]
    [Rule("Client Protocol", "HMSG")]
    public async Task HMSG_without_payload_is_an_empty_message_with_headers(CancellationToken token)
    {
        var msg = await ReceiveAsync("HMSG FOO.BAR 1 34 34\r\nNATS/1.0\r\nFoodGroup: vegetable\r\n\r\n\r\n", token);
        (msg.IsEmpty, msg.Headers?["FoodGroup"].ToString()).ShouldBe((true, "vegetable"));
    }

    [Test]
    [Rule("Client Protocol", "PING/PONG")]
    public async Task Each_PING_is_answered_with_PONG(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await nats.ConnectAsync();
        await server.SayAsync("PING\r\nping\r\n", token);
        await server.UntilAsync("PONG\r\nPONG\r\n");
    }

    [Test]
    [Rule("Client Protocol", "PING/PONG")]
    public async Task A_client_pings_at_its_interval(CancellationToken token)
    {
        new NatsOpts().PingInterval.ShouldBe(TimeSpan.FromMinutes(2));
        await using var server = new WireServer();
        await using var nats = server.Client(static x => x with { PingInterval = TimeSpan.FromMilliseconds(20), MaxPingOut = 500 });
        await nats.ConnectAsync();
        await server.UntilAsync("PING\r\nPING\r\nPING\r\n");
        (server.Connections, nats.ConnectionState).ShouldBe((1, NatsConnectionState.Open));
    }

    [Test]
    [Rule("Client Protocol", "+OK/ERR")]
    public async Task Acknowledgements_of_verbose_mode_are_taken_and_mean_nothing_further(CancellationToken token)
    {
        await using var server = new WireServer(beforePong: static _ => "+OK\r\n");
        await using var nats = server.Client(static x => x with { Verbose = true });
        await using var sub = await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
        await server.UntilAsync("SUB FOO 1\r\n");
        await server.SayAsync("+OK\r\n+OK\r\nMSG FOO 1 2\r\nok\r\n+OK\r\n", token);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe("ok");
        await nats.PingAsync(token);
    }

    [Test]
    [Rule("Client Protocol", "UNSUB")]
    public async Task What_was_on_its_way_when_a_subscription_ended_is_dropped(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var ended = await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
        await using var open = await nats.SubscribeCoreAsync<string>("FOO", cancellationToken: token);
        await ended.UnsubscribeAsync();
        await server.UntilAsync("UNSUB 1\r\n");
        await server.SayAsync("MSG FOO 1 4\r\nlate\r\nMSG FOO 2 2\r\nok\r\n", token);
        (await open.Msgs.ReadAsync(token)).Data.ShouldBe("ok");
        ended.Msgs.TryRead(out _).ShouldBeFalse();
    }

    private static async Task<string> SentAsync(Func<NatsConnection, ValueTask> act, CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await nats.ConnectAsync();
        await act(nats);
        return await server.SentByAsync(nats, token);
    }

    private static async Task<NatsMsg<string>> ReceiveAsync(string bytes, CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await using var sub = await nats.SubscribeCoreAsync<string>("FOO.*", cancellationToken: token);
        await server.UntilAsync("SUB FOO.* 1\r\n");
        await server.SayAsync(bytes, token);
        return await sub.Msgs.ReadAsync(token);
    }
}
