using System.Buffers;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-22: trying again while nobody answers. Unless it is asked for, a publish is tried once, as the official client has it.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr22RetryRules(Topology topology) : JetStreamConformanceTest(topology)
{
    private readonly NatsJSPubOpts _thrice = new() { RetryAttempts = 3, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(30) };

    [Test]
    [Rule("ADR-22", "Errors")]
    public async Task After_the_last_attempt_the_error_says_that_no_stream_answered(CancellationToken token)
    {
        var js = JetStream();
        var tries = new CountingSerializer();
        var start = TimeProvider.System.GetTimestamp();
        await Should.ThrowAsync<NatsJSPublishNoResponseException>(js.PublishAsync("nobody.stores.this", 1, tries, _thrice, cancellationToken: token).AsTask());
        tries.Count.ShouldBe(3);
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(55));
    }

    [Test]
    [Rule("ADR-22", "Implementation")]
    public async Task Without_being_asked_a_publish_is_tried_once(CancellationToken token)
    {
        var js = JetStream();
        var tries = new CountingSerializer();
        (await js.TryPublishAsync("nobody.stores.this", 1, tries, cancellationToken: token)).Error.ShouldBeOfType<NatsJSPublishNoResponseException>();
        tries.Count.ShouldBe(1);
        new NatsJSPubOpts().RetryAttempts.ShouldBe(1);
        new NatsJSPubOpts().RetryWaitBetweenAttempts.ShouldBe(TimeSpan.FromMilliseconds(250));
    }

    [Test]
    [Rule("ADR-22", "Implementation")]
    public async Task What_a_stream_refuses_is_not_tried_again(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var tries = new CountingSerializer();
        (await js.PublishAsync($"{stream.Info.Config.Name}.a", 1, tries, _thrice with { ExpectedLastSequence = 9 }, cancellationToken: token)).Error!.ErrCode.ShouldBe(10071);
        tries.Count.ShouldBe(1);
    }

    /// <summary>It may have been stored; who wants it tried again gives it an id.</summary>
    [Test]
    [Rule("ADR-22", "Errors")]
    public async Task A_publish_that_is_not_answered_in_time_is_not_tried_again(CancellationToken token)
    {
        var nats = Here();
        var js = new NatsJSContext(nats, new NatsJSOpts(nats.Opts, requestTimeout: TimeSpan.FromMilliseconds(100)));
        var subject = UniqueName();
        await using var silent = await nats.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        var tries = new CountingSerializer();
        await Should.ThrowAsync<NatsJSPublishNoResponseException>(js.PublishAsync(subject, 1, tries, _thrice, cancellationToken: token).AsTask());
        tries.Count.ShouldBe(1);
    }

    [Test]
    [Rule("ADR-22", "Make Publish retry as needed until deadline")]
    public async Task A_publish_without_a_limit_of_attempts_ends_with_its_token(CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var tries = new CountingSerializer();
        var publishing = JetStream().PublishAsync("nobody.stores.this", 1, tries, _thrice with { RetryAttempts = -1 }, cancellationToken: stop.Token).AsTask();
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(() => tries.Count > 4, "tried often");
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(publishing);
    }

    [Test]
    [Rule("JetStream wire API Reference", "Error Handling")]
    public async Task A_reply_that_is_no_acknowledgement_of_a_stream_is_an_error(CancellationToken token)
    {
        var js = JetStream();
        var subject = UniqueName();
        foreach (var reply in (string[])["+OK", "-ERR 'no'", """{"ok": true}""", "[]"])
        {
            await using var sub = await js.Connection.SubscribeCoreAsync<string>(subject, cancellationToken: token);
            var publishing = js.PublishAsync(subject, "x", cancellationToken: token).AsTask();
            await (await sub.Msgs.ReadAsync(token)).ReplyAsync(reply, cancellationToken: token);
            (await publishing).Error!.Code.ShouldBe(500, reply);
        }
    }

    /// <summary>Each try writes the payload anew.</summary>
    private sealed class CountingSerializer : INatsSerialize<int>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Serialize(IBufferWriter<byte> bufferWriter, int value)
        {
            Interlocked.Increment(ref _count);
            NatsUtf8PrimitivesSerializer<int>.Default.Serialize(bufferWriter, value);
        }
    }
}
