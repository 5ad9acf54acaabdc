using System.Diagnostics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-47: one request, many replies.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr47RequestManyRules(Topology topology) : ConformanceTest(topology)
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(20);

    [Test]
    [Rule("ADR-47", "Sentinel")]
    public async Task An_empty_reply_ends_it_and_is_not_handed_on(CancellationToken token)
    {
        var (here, subject) = await AnswersAsync(3, sentinel: true, token);
        (await here.RequestManyAsync<string, int>(subject, "?", cancellationToken: token).Select(static x => x.Data).ToListAsync(token)).ShouldBe([0, 1, 2]);
        var opts = new NatsSubOpts { Timeout = Long, IdleTimeout = Long };
        (await here.RequestManyAsync<string, int>(subject, "?", replyOpts: opts, cancellationToken: token).CountAsync(token)).ShouldBe(3, "also with options that do not speak of it");
    }

    [Test]
    [Rule("ADR-47", "Max messages")]
    public async Task The_number_of_messages_ends_it(CancellationToken token)
    {
        var (here, subject) = await AnswersAsync(5, sentinel: false, token);
        (await here.RequestManyAsync<string, int>(subject, "?", replyOpts: new NatsSubOpts { MaxMsgs = 2, Timeout = Long }, cancellationToken: token).Select(static x => x.Data).ToListAsync(token))
            .ShouldBe([0, 1]);
    }

    [Test]
    [Rule("ADR-47", "Stall timer")]
    public async Task A_pause_after_a_reply_ends_it(CancellationToken token)
    {
        var (here, subject) = await AnswersAsync(2, sentinel: false, token);
        var opts = new NatsSubOpts { IdleTimeout = TimeSpan.FromMilliseconds(100), StartUpTimeout = Long, Timeout = Long };
        await ShouldGetAsync(2, here, subject, opts, token);
    }

    [Test]
    [Rule("ADR-47", "Total timeout")]
    public async Task The_total_time_ends_it_with_what_has_come(CancellationToken token)
    {
        var (here, subject) = await AnswersAsync(2, sentinel: false, token);
        await ShouldGetAsync(2, here, subject, new NatsSubOpts { Timeout = TimeSpan.FromMilliseconds(100) }, token);
    }

    [Test]
    [Rule("ADR-47", "Status Messages / Server Errors")]
    public async Task That_nobody_listens_ends_it_at_once_and_is_told(CancellationToken token)
    {
        var here = Here();
        var opts = new NatsSubOpts { MaxMsgs = 2, Timeout = Long };
        await Should.ThrowAsync<NatsNoRespondersException>(async () => await here.RequestManyAsync<int, int>(UniqueName(), 1, cancellationToken: token).CountAsync(token));
        await Should.ThrowAsync<NatsNoRespondersException>(async () => await here.RequestManyAsync<int, int>(UniqueName(), 1, replyOpts: opts, cancellationToken: token).CountAsync(token));
    }

    [Test]
    [Rule("ADR-47", "Cancelling")]
    public async Task It_can_be_cancelled_and_left(CancellationToken token)
    {
        var (here, subject) = await AnswersAsync(2, sentinel: false, token);
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        await Should.ThrowAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in here.RequestManyAsync<string, int>(subject, "?", replyOpts: new NatsSubOpts { Timeout = Long }, cancellationToken: cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });
        (await here.RequestManyAsync<string, int>(subject, "?", replyOpts: new NatsSubOpts { Timeout = Long }, cancellationToken: token).FirstAsync(token)).Data.ShouldBe(0);
    }

    /// <summary>On a machine that stands still the time may be over before all have come: then it is asked again.</summary>
    private static Task ShouldGetAsync(int count, NatsConnection here, string subject, NatsSubOpts opts, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            var watch = Stopwatch.StartNew();
            var got = await here.RequestManyAsync<string, int>(subject, "?", replyOpts: opts, cancellationToken: token).CountAsync(token);
            watch.Elapsed.ShouldBeLessThan(Long);
            got.ShouldBeLessThanOrEqualTo(count);
            return got == count;
        },
        $"{count} replies");

    /// <summary>A connection here, and there one that answers each request on the subject with so many numbers.</summary>
    private async Task<(NatsConnection Here, string Subject)> AnswersAsync(int count, bool sentinel, CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        var sub = await there.SubscribeCoreAsync<string>(subject, cancellationToken: token);
        _ = AnswerAsync();
        await UntilKnownAsync(there, here, token);
        return (here, subject);

        // Ends with the connection.
        async Task AnswerAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(CancellationToken.None))
            {
                for (var i = 0; i < count; i++)
                {
                    await msg.ReplyAsync(i, cancellationToken: CancellationToken.None);
                }

                if (sentinel)
                {
                    await msg.ReplyAsync(cancellationToken: CancellationToken.None);
                }
            }
        }
    }
}
