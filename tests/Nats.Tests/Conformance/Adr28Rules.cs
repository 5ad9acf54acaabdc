using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-28: what is stored is published again.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr28Rules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-28", "RePublish Transform")]
    public async Task What_matches_is_published_again_under_its_new_subject_and_nothing_else_is(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (x, again) => x with { Republish = new Republish { Src = $"{x.Name}.one.>", Dest = $"{again}.>" } }, token);
        await js.PublishAsync($"{name}.four.foo", "4", cancellationToken: token);
        await js.PublishAsync($"{name}.one.foo.bar", "1", cancellationToken: token);
        var again = (await PassedAsync(tap, token)).ShouldHaveSingleItem();
        again.Subject.ShouldEndWith(".foo.bar");
        again.Data.ShouldBe("1");
    }

    [Test]
    [Rule("ADR-28", "RePublish Configuration Option")]
    public async Task Without_a_source_everything_is_published_again(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (_, again) => _ with { Republish = new Republish { Src = string.Empty, Dest = $"{again}.>" } }, token);
        await js.PublishAsync($"{name}.four.foo", "4", cancellationToken: token);
        (await PassedAsync(tap, token)).ShouldHaveSingleItem().Subject.ShouldEndWith($".{name}.four.foo");
    }

    [Test]
    [Rule("ADR-28", "RePublish Headers")]
    public async Task Its_headers_tell_stream_subject_sequence_and_the_last_sequence_of_the_subject(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (x, again) => x with { Republish = new Republish { Src = ">", Dest = $"{again}.>" } }, token);
        foreach (var subject in (string[])["a", "b", "a"])
        {
            await js.PublishAsync($"{name}.{subject}", subject, cancellationToken: token);
        }

        var again = await PassedAsync(tap, token);
        again.Select(static x => x.Headers!["Nats-Sequence"].ToString()).ShouldBe(["1", "2", "3"]);
        again.Select(static x => x.Headers!["Nats-Last-Sequence"].ToString()).ShouldBe(["0", "0", "1"]);
        again[2].Headers!["Nats-Stream"].ToString().ShouldBe(name);
        again[2].Headers!["Nats-Subject"].ToString().ShouldBe($"{name}.a");
    }

    [Test]
    [Rule("ADR-28", "RePublish Headers")]
    public async Task The_headers_of_the_message_itself_are_kept(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (x, again) => x with { Republish = new Republish { Src = ">", Dest = $"{again}.>" } }, token);
        await js.PublishAsync($"{name}.a", "v", headers: new NatsHeaders { ["mine"] = "1" }, cancellationToken: token);
        (await PassedAsync(tap, token)).ShouldHaveSingleItem().Headers!["mine"].ToString().ShouldBe("1");
    }

    [Test]
    [Rule("ADR-28", "RePublish Headers")]
    public async Task With_headers_only_the_size_stands_for_the_body(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (x, again) => x with { Republish = new Republish { Src = ">", Dest = $"{again}.>", HeadersOnly = true } }, token);
        await js.PublishAsync($"{name}.a", "12345", cancellationToken: token);
        var again = (await PassedAsync(tap, token)).ShouldHaveSingleItem();
        again.Data.ShouldBeNullOrEmpty();
        again.Headers!["Nats-Msg-Size"].ToString().ShouldBe("5");
    }

    /// <summary>A server before 2.10 refuses the change, although the document allows it.</summary>
    [Test]
    [Rule("ADR-28", "RePublish Configuration Option")]
    public async Task It_can_be_switched_on_after_the_making_of_the_stream(CancellationToken token)
    {
        var (js, name, tap) = await OpenAsync(static (x, _) => x, token);
        var stream = await js.GetStreamAsync(name, cancellationToken: token);
        var changed = stream.UpdateAsync(stream.Info.Config with { Republish = new Republish { Src = ">", Dest = $"again.{name}.>" } }, token).AsTask();
        if (IsOldest)
        {
            (await Should.ThrowAsync<NatsJSApiException>(changed)).Error.ErrCode.ShouldBe(10052);
            return;
        }

        await changed;
        await js.PublishAsync($"{name}.a", "v", cancellationToken: token);
        (await PassedAsync(tap, token)).ShouldHaveSingleItem().Subject.ShouldBe($"again.{name}.{name}.a");
    }

    [Test]
    [Rule("ADR-28", "Loop Prevention")]
    public async Task A_destination_that_the_stream_would_store_is_refused(CancellationToken token) =>
        (await Should.ThrowAsync<NatsJSApiException>(CreateStreamAsync(JetStream(), token, static x => x with { Republish = new Republish { Src = ">", Dest = $"{x.Name}.again.>" } })))
            .Error.ErrCode.ShouldBe(10052);

    private async Task<(NatsJSContext JetStream, string Name, WireTap Tap)> OpenAsync(Func<StreamConfig, string, StreamConfig> configure, CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, x => configure(x, $"again.{x.Name}"));
        return (js, stream.Info.Config.Name!, await WireTap.OpenAsync(There(), $"again.{stream.Info.Config.Name}.>", token));
    }

    /// <summary>What was published again: by the time of the acknowledgement, because it is published before that is sent.</summary>
    private static async Task<IReadOnlyList<NatsMsg<string>>> PassedAsync(WireTap tap, CancellationToken token)
    {
        await using (tap)
        {
            return await tap.PassedAsync(token);
        }
    }
}
