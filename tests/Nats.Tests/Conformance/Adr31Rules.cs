using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-31: single messages straight from a stream. Requests of many messages at once (server 2.11) and by time are left out; docs/nats-client.md says why.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr31Rules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-31", "Response Format")]
    public async Task A_direct_get_answers_with_the_message_itself_and_its_place_in_headers(CancellationToken token)
    {
        var stream = await FilledAsync(token);
        var name = stream.Info.Config.Name!;
        var message = await stream.GetDirectAsync<string>(new StreamMsgGetRequest { Seq = 3 }, cancellationToken: token);
        message.Data.ShouldBe("3");
        var headers = message.Headers!;
        headers.Code.ShouldBe(0);
        headers["Nats-Stream"].ToString().ShouldBe(name);
        headers["Nats-Subject"].ToString().ShouldBe($"{name}.1");
        headers["Nats-Sequence"].ToString().ShouldBe("3");
        DateTimeOffset.Parse(headers["Nats-Time-Stamp"].ToString(), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        headers["mine"].ToString().ShouldBe("3", "the message's own headers are there too");
    }

    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task The_last_message_of_a_subject_can_be_asked_for(CancellationToken token) =>
        (await GetAsync(static name => new() { LastBySubj = $"{name}.1" }, token)).ShouldBe("5");

    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task The_first_message_of_a_subject_can_be_asked_for(CancellationToken token) =>
        (await GetAsync(static name => new() { NextBySubj = $"{name}.0" }, token)).ShouldBe("2");

    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task The_first_message_of_a_subject_from_a_sequence_on_can_be_asked_for(CancellationToken token) =>
        (await GetAsync(static name => new() { Seq = 3, NextBySubj = $"{name}.0" }, token)).ShouldBe("4");

    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task A_subject_with_wildcards_finds_the_last_or_next_of_all_that_match(CancellationToken token)
    {
        (await GetAsync(static name => new() { LastBySubj = $"{name}.*" }, token)).ShouldBe("6");
        (await GetAsync(static name => new() { Seq = 2, NextBySubj = $"{name}.>" }, token)).ShouldBe("2");
    }

    [Test]
    [Rule("ADR-31", "Response Format")]
    public async Task No_such_message_is_status_404(CancellationToken token)
    {
        var stream = await FilledAsync(token);
        (await StatusAsync(stream, new() { Seq = 99 }, token)).ShouldBe(404);
        (await StatusAsync(stream, new() { LastBySubj = $"{stream.Info.Config.Name}.none" }, token)).ShouldBe(404);
    }

    [Test]
    [Rule("ADR-31", "Response Format")]
    public async Task An_empty_request_is_status_408(CancellationToken token) => (await StatusAsync(await FilledAsync(token), new(), token)).ShouldBe(408);

    [Test]
    [Rule("ADR-31", "Direct Get API")]
    public async Task A_stream_that_allows_no_direct_gets_answers_none_and_that_is_an_error_of_its_own(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        stream.Info.Config.AllowDirect.ShouldBeFalse();
        var error = await Should.ThrowAsync<NatsException>(Impatient(stream).GetDirectAsync<string>(new StreamMsgGetRequest { Seq = 1 }, cancellationToken: token).AsTask());

        // Some server listens for the other streams.
        (error is NatsNoReplyException or NatsNoRespondersException).ShouldBeTrue(error.Message);
    }

    /// <summary>A limit of messages per subject, which a bucket has, switched it on by itself before 2.9 was released.</summary>
    [Test]
    [Rule("ADR-31", "Stream property: Allow Direct")]
    public async Task Direct_gets_are_switched_on_and_off_by_the_streams_configuration(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { MaxMsgsPerSubject = 5 });
        var reading = Impatient(stream);
        await stream.UpdateAsync(stream.Info.Config with { AllowDirect = true }, token);
        stream.Info.Config.AllowDirect.ShouldBeTrue();
        await UntilAnswersAsync(reading, token);
        await stream.UpdateAsync(stream.Info.Config with { AllowDirect = false }, token);
        await Eventually.TrueAsync(async () => !await AnswersAsync(reading, token), "nobody answers any more");
    }

    /// <summary>Only the newest server says that nobody listens; with the others there is just no answer.</summary>
    private NatsJSStream Impatient(INatsJSStream stream) => new(JetStream(static x => x with { RequestTimeout = TimeSpan.FromMilliseconds(250) }), stream.Info);

    private async Task<string?> GetAsync(Func<string, StreamMsgGetRequest> request, CancellationToken token)
    {
        var stream = await FilledAsync(token);
        return (await stream.GetDirectAsync<string>(request(stream.Info.Config.Name!), cancellationToken: token)).Data;
    }

    private static async Task<int> StatusAsync(INatsJSStream stream, StreamMsgGetRequest request, CancellationToken token) =>
        (await stream.GetDirectAsync<string>(request, cancellationToken: token)).Headers!.Code;

    /// <summary>A stream with "1" to "6" on two subjects, .1 and .0 in turns.</summary>
    private async Task<INatsJSStream> FilledAsync(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, static x => x with { AllowDirect = true });
        await UntilAnswersAsync(stream, token);
        for (var i = 1; i <= 6; i++)
        {
            (await js.PublishAsync($"{stream.Info.Config.Name}.{i % 2}", $"{i}", headers: new NatsHeaders { ["mine"] = $"{i}" }, cancellationToken: token)).EnsureSuccess();
        }

        return stream;
    }

    private static Task UntilAnswersAsync(INatsJSStream stream, CancellationToken token) => Eventually.TrueAsync(() => AnswersAsync(stream, token), "direct gets are answered");

    private static async Task<bool> AnswersAsync(INatsJSStream stream, CancellationToken token)
    {
        try
        {
            await stream.GetDirectAsync<string>(new StreamMsgGetRequest { Seq = 1 }, cancellationToken: token);
            return true;
        }
        catch (NatsException e) when (e is NatsNoRespondersException or NatsNoReplyException)
        {
            return false;
        }
    }
}
