using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Services;

/// <summary>Services when their server goes. What they say and answer otherwise: Conformance/Adr32*.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ServiceTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_service_goes_on_after_a_restart_of_the_server(CancellationToken token)
    {
        var nats = Connect();
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("stays", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data, cancellationToken: token), "stays", cancellationToken: token);
        await Server.RestartAsync(token);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await nats.RequestAsync<int, int>("stays", 5, cancellationToken: token)).Data == 5;
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the endpoint answers again");
        (await nats.RequestAsync<string, string>("$SRV.PING.stays", string.Empty, cancellationToken: token)).Data!.ShouldContain("stays");
    }

    /// <summary>The server passes on whatever a requester calls its reply subject.</summary>
    [TestCase("bad.*")]
    [TestCase("bad..reply")]
    [TestCase(">")]
    public async Task A_request_whose_reply_subject_cannot_be_used_does_not_end_the_endpoint(string replyTo, CancellationToken token)
    {
        var (nats, hostile) = (Connect(), Connect(x => x with { SkipSubjectValidation = true }));
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("hardy", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data, cancellationToken: token), "hardy", cancellationToken: token);
        await hostile.PublishAsync("hardy", 1, replyTo: replyTo, cancellationToken: token);
        await hostile.PingAsync(token);
        (await nats.RequestAsync<int, int>("hardy", 5, cancellationToken: token)).Data.ShouldBe(5);
    }

    [Test]
    public async Task An_endpoint_whose_token_ends_it_answers_what_had_arrived(CancellationToken token)
    {
        const int Requests = 3;
        var (nats, asking) = (Connect(), Connect());
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("leaves", "1.0.0", cancellationToken: token);
        var busy = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
        await service.AddEndpointAsync<int>(
            async m =>
            {
                busy.TrySetResult();
                await go.Task;
                await m.ReplyAsync(m.Data, cancellationToken: token);
            },
            "leaves",
            cancellationToken: end.Token);
        var answers = Enumerable.Range(0, Requests).Select(i => asking.RequestAsync<int, int>("leaves", i, cancellationToken: token).AsTask()).ToArray();
        await busy.Task.WaitAsync(Patience, token);
        await asking.PingAsync(token);
        await nats.PingAsync(token);
        await end.CancelAsync();
        await nats.PingAsync(token);
        go.SetResult();
        (await Task.WhenAll(answers)).Select(static x => x.Data).ShouldBe([0, 1, 2]);
        await Should.ThrowAsync<NatsNoRespondersException>(asking.RequestAsync<int, int>("leaves", 9, cancellationToken: token).AsTask());
    }

    [Test]
    public async Task A_handler_may_stop_its_own_service(CancellationToken token)
    {
        var nats = Connect();
        var service = await new NatsSvcContext(nats).AddServiceAsync("ends", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(
            async m =>
            {
                await service.StopAsync(token);
                await m.ReplyAsync(m.Data, cancellationToken: token);
            },
            "ends",
            cancellationToken: token);
        (await nats.RequestAsync<int, int>("ends", 5, cancellationToken: token)).Data.ShouldBe(5);
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("ends", 5, cancellationToken: token).AsTask());
    }
}
