using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-43: messages with a time to live, and the markers that the server leaves of them.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr43Rules(Topology topology) : ConformanceTest(topology)
{
    private const int InvalidConfig = 10052;

    [TestCase("60")]
    [TestCase("1h")]
    [TestCase("2m30s")]
    [TestCase("never")]
    [Rule("ADR-43", "General Behavior")]
    public async Task A_time_to_live_reaches_the_stream_as_it_was_written(string ttl, CancellationToken token)
    {
        var stream = await CreateAsync(token);
        (await PublishAsync(stream, ttl, token)).EnsureSuccess();
        (await HeadersAsync(stream, 1, token))["Nats-TTL"].ToString().ShouldBe(ttl);
    }

    [TestCase("0")]
    [TestCase("500ms")]
    [TestCase("-10s")]
    [TestCase("5x")]
    [Rule("ADR-43", "General Behavior")]
    public async Task A_time_to_live_that_is_none_is_an_error_and_nothing_is_stored(string ttl, CancellationToken token)
    {
        var stream = await CreateAsync(token);
        (await PublishAsync(stream, ttl, token)).Error!.ErrCode.ShouldBe(10165);
        (await MessagesAsync(stream, token)).ShouldBe(0);
    }

    [Test]
    [Rule("ADR-43", "General Behavior")]
    public async Task A_time_to_live_is_an_error_where_the_stream_allows_none(CancellationToken token)
    {
        var stream = await CreateAsync(token, static x => x with { AllowMsgTTL = false });
        (await PublishAsync(stream, "60s", token)).Error!.ErrCode.ShouldBe(10166);
        (await MessagesAsync(stream, token)).ShouldBe(0);
    }

    [Test]
    [Rule("ADR-43", "Stream Configuration")]
    public async Task Times_to_live_can_be_allowed_later_but_not_taken_back(CancellationToken token)
    {
        var stream = await CreateAsync(token, static x => x with { AllowMsgTTL = false });
        await stream.UpdateAsync(stream.Info.Config with { AllowMsgTTL = true }, token);
        (await PublishAsync(stream, "60s", token)).EnsureSuccess();
        (await RefusedAsync(stream.UpdateAsync(stream.Info.Config with { AllowMsgTTL = false }, token))).ShouldBe(InvalidConfig);
    }

    [Test]
    [Rule("ADR-43", "Stream Configuration")]
    public async Task Markers_need_at_least_a_second_and_are_not_for_mirrors(CancellationToken token)
    {
        (await RefusedAsync(new(CreateAsync(token, static x => x with { SubjectDeleteMarkerTTL = TimeSpan.FromMilliseconds(500) })))).ShouldBe(InvalidConfig);
        var origin = await CreateAsync(token);
        var mirror = Mirror(origin) with { SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(1) };
        (await RefusedAsync(new(JetStream().CreateStreamAsync(mirror, token).AsTask()))).ShouldBe(InvalidConfig);
    }

    [Test]
    [Rule("ADR-43", "Stream Configuration")]
    public async Task What_markers_need_is_switched_on_by_the_server_and_known_here(CancellationToken token)
    {
        var stream = await CreateAsync(token, static x => x with { SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(1), DenyPurge = true });
        stream.Info.Config.AllowRollupHdrs.ShouldBeTrue();
        stream.Info.Config.DenyPurge.ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-43", "Stream Configuration")]
    public async Task A_time_below_that_of_the_markers_is_raised_to_it(CancellationToken token)
    {
        var stream = await CreateAsync(token, static x => x with { SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(1) });
        (await PublishAsync(stream, "2s", token)).EnsureSuccess();
        (await HeadersAsync(stream, 1, token))["Nats-TTL"].ToString().ShouldBe("60");
    }

    [Test]
    [Rule("ADR-43", "Sources and Mirrors")]
    public async Task A_mirror_that_allows_no_times_stores_them_all_the_same(CancellationToken token)
    {
        var origin = await CreateAsync(token);
        var mirror = await JetStream().CreateStreamAsync(Mirror(origin), token);
        (await PublishAsync(origin, "60s", token)).EnsureSuccess();
        await Eventually.TrueAsync(async () => await MessagesAsync(mirror, token) == 1, "the mirror has the message");
        (await HeadersAsync(mirror, 1, token))["Nats-TTL"].ToString().ShouldBe("60s");
    }

    private async Task<INatsJSStream> CreateAsync(CancellationToken token, Func<StreamConfig, StreamConfig>? configure = null) =>
        await CreateStreamAsync(JetStream(), token, x =>
        {
            var config = x with { AllowMsgTTL = true };
            return configure?.Invoke(config) ?? config;
        });

    private static StreamConfig Mirror(INatsJSStream origin) =>
        new() { Name = UniqueName(), Storage = StreamConfigStorage.Memory, Mirror = new StreamSource { Name = origin.Info.Config.Name! } };

    private Task<PubAckResponse> PublishAsync(INatsJSStream stream, string ttl, CancellationToken token) =>
        PublishReachedAsync($"{stream.Info.Config.Name}.k", new NatsHeaders { ["Nats-TTL"] = ttl }, token);

    /// <summary>Publishes when the stream's interest is known here, which in a cluster or behind a leaf is a moment after its making.</summary>
    private async Task<PubAckResponse> PublishReachedAsync(string subject, NatsHeaders headers, CancellationToken token) =>
        await JetStream().PublishAsync(subject, "v", opts: new NatsJSPubOpts { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(20) }, headers: headers, cancellationToken: token);

    private static async Task<long> MessagesAsync(INatsJSStream stream, CancellationToken token)
    {
        await stream.RefreshAsync(token);
        return stream.Info.State.Messages;
    }

    private async Task<NatsHeaders> HeadersAsync(INatsJSStream stream, ulong sequence, CancellationToken token)
    {
        var stored = await stream.GetAsync(new StreamMsgGetRequest { Seq = sequence }, token);
        return StoredHeaders.Parse(Here(), stored.Message.Hdrs)!;
    }

    private static async Task<int> RefusedAsync(ValueTask refused) => (await Should.ThrowAsync<NatsJSApiException>(refused.AsTask())).Error.ErrCode;
}
