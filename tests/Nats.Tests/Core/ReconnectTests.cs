using System.Diagnostics;
using System.Text;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Requests and traffic over a loss of the server. The rules of ADR-40: Conformance/Adr40*.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class ReconnectTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_publish_that_waits_can_be_cancelled(CancellationToken token)
    {
        var nats = Connect();
        await nats.PingAsync(token);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        using var cancel = new CancellationTokenSource();
        var publish = nats.PublishAsync("w", 1, cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(publish);
        await Server.StartAsync(token);
        await nats.PingAsync(token);
    }

    [Test]
    public async Task A_request_during_an_outage_survives_when_the_server_is_back_in_time(CancellationToken token)
    {
        var nats = Connect(x => x with { RequestTimeout = TimeSpan.FromSeconds(20) });
        await using var sub = await nats.SubscribeCoreAsync<int>("req", cancellationToken: token);
        var responder = RespondAsync();
        (await nats.RequestAsync<int, int>("req", 1, cancellationToken: token)).Data.ShouldBe(1);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        var request = nats.RequestAsync<int, int>("req", 2, cancellationToken: token).AsTask();
        await Server.StartAsync(token);
        (await request).Data.ShouldBe(2);
        await sub.UnsubscribeAsync();
        await responder;

        async Task RespondAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(token))
            {
                await msg.ReplyAsync(msg.Data, cancellationToken: token);
            }
        }
    }

    [Test]
    public async Task A_request_during_an_outage_fails_with_no_reply_when_its_time_is_over(CancellationToken token)
    {
        var nats = Connect(x => x with { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        var patient = new NatsSubOpts { Timeout = Patience };
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("req.none", 2, replyOpts: patient, cancellationToken: token).AsTask());
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<int, int>("req.none", 2, cancellationToken: token).AsTask());
        await Server.StartAsync(token);
    }

    /// <summary>Whoever was told that nobody answered may have done something else meanwhile: a door must not open half a minute later.</summary>
    [Test]
    public async Task A_request_that_was_given_up_in_an_outage_is_not_sent_after_it(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, RequestTimeout = TimeSpan.FromMilliseconds(200) });
        var other = Connect();
        await using var sub = await other.SubscribeCoreAsync<int>("door", cancellationToken: token);
        await other.PingAsync(token);
        var patient = new NatsSubOpts { Timeout = Patience };
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("req.none", 2, replyOpts: patient, cancellationToken: token).AsTask());
        await LoseAsync(nats, proxy);
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<int, int>("door", 1, cancellationToken: token).AsTask());
        (await nats.RequestManyAsync<int, int>("door", 2, cancellationToken: token).CountAsync(token).AsTask().WaitAsync(Patience, token)).ShouldBe(0);
        var waiting = nats.PublishAsync("door", 3, cancellationToken: token);
        proxy.Refuse = false;
        await waiting;
        await nats.PingAsync(token);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(3);
    }

    /// <summary>Two give up a request that waits to be sent: its own time, and the write buffer that finds it pointless.</summary>
    [Test]
    public async Task Requests_whose_time_is_over_in_an_outage_fail_with_no_reply_however_many_there_are(CancellationToken token)
    {
        const int Requests = 5_000;
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url });
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("req.none", 0, cancellationToken: token).AsTask());
        await LoseAsync(nats, proxy);
        var requests = Enumerable.Range(0, Requests).Select(i => FailureAsync(TimeSpan.FromMilliseconds(200 + (i % 100)))).ToArray();
        (await Task.WhenAll(requests)).Select(static x => x.GetType()).Distinct().ShouldBe([typeof(NatsNoReplyException)]);
        proxy.Refuse = false;

        async Task<Exception> FailureAsync(TimeSpan timeout) =>
            await Should.ThrowAsync<Exception>(nats.RequestAsync<int, int>("req.none", 0, replyOpts: new NatsSubOpts { Timeout = timeout }, cancellationToken: token).AsTask());
    }

    [Test]
    public async Task A_subject_that_cannot_be_encoded_fails_its_own_publish_alone_also_when_that_had_to_wait(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var strict = Encoding.GetEncoding("us-ascii", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        var nats = Connect(x => x with { Url = proxy.Url, SubjectEncoding = strict });
        await nats.PingAsync(token);
        await LoseAsync(nats, proxy);
        var bad = nats.PublishAsync("café", 1, cancellationToken: token).AsTask();
        var good = nats.PublishAsync("coffee", 2, cancellationToken: token).AsTask();
        proxy.Refuse = false;
        await Should.ThrowAsync<EncoderFallbackException>(bad.WaitAsync(Patience, token));
        await good.WaitAsync(Patience, token);
        await Should.ThrowAsync<EncoderFallbackException>(async () => await nats.PublishAsync("café", 3, cancellationToken: token));
        await nats.PingAsync(token);
    }

    [Test]
    public async Task Traffic_over_ten_cuts_loses_only_what_was_on_the_wire_and_doubles_nothing(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, SubPendingChannelCapacity = 1_000_000 });
        var watcher = Connect(x => x with { SubPendingChannelCapacity = 1_000_000 });
        await using var sub = await watcher.SubscribeCoreAsync<int>("t", cancellationToken: token);
        await watcher.PingAsync(token);
        var sent = 0;
        for (var cut = 0; cut < 10; cut++)
        {
            for (var i = 0; i < 2_000; i++)
            {
                await nats.PublishAsync("t", sent++, cancellationToken: token);
            }

            proxy.Cut();
        }

        await nats.PublishAsync("t", sent++, cancellationToken: token);
        await UntilItAnswersAsync(nats, token);
        await nats.PublishAsync("t", sent++, cancellationToken: token);
        await nats.PingAsync(token);
        await watcher.PingAsync(token);
        var received = new List<int>();
        while (sub.Msgs.TryRead(out var msg))
        {
            received.Add(msg.Data);
        }

        received.SequenceEqual(received.Distinct().Order()).ShouldBeTrue("in order, none twice");
        received.Last().ShouldBe(sent - 1);
    }

    [Test]
    public async Task What_is_published_once_the_state_tells_of_a_loss_is_not_lost(CancellationToken token)
    {
        const int Cuts = 30;
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, ReconnectWaitMax = TimeSpan.FromMilliseconds(20) });
        var watcher = Connect();
        await using var sub = await watcher.SubscribeCoreAsync<int>("t", cancellationToken: token);
        await watcher.PingAsync(token);
        for (var cut = 0; cut < Cuts; cut++)
        {
            await UntilItAnswersAsync(nats, token);
            var accepted = proxy.Accepted;
            proxy.Cut();
            SpinUntilLost(nats, proxy, accepted);
            await nats.PublishAsync("t", cut, cancellationToken: token);
        }

        await UntilItAnswersAsync(nats, token);
        await watcher.PingAsync(token);
        List<int> received = [];
        while (sub.Msgs.TryRead(out var msg))
        {
            received.Add(msg.Data);
        }

        received.ShouldBe(Enumerable.Range(0, Cuts));
    }

    /// <summary>Sees the first moment of the new state: without a pause, in which it could have come and gone. Where the machine paused all the same, the next connection tells that it did.</summary>
    private static void SpinUntilLost(NatsConnection nats, TcpProxy proxy, int accepted)
    {
        var watch = Stopwatch.StartNew();
        while (nats.ConnectionState == NatsConnectionState.Open && proxy.Accepted == accepted)
        {
            watch.Elapsed.ShouldBeLessThan(Patience);
        }
    }

    /// <summary>An outage: until the proxy takes connections again nobody gets through.</summary>
    private static Task LoseAsync(NatsConnection nats, TcpProxy proxy)
    {
        proxy.Refuse = true;
        proxy.Cut();
        return Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
    }
}
