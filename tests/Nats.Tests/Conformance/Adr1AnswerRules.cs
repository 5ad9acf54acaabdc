using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-1 and ADR-2: what the client makes of answers, also of those that this year's servers do not give.</summary>
[CancelAfter(20_000)]
public sealed class Adr1AnswerRules : ScriptedConformanceTest
{
    [Test]
    [Rule("ADR-1", "Paging")]
    public async Task The_next_page_begins_behind_the_last_entry_that_came(CancellationToken token)
    {
        var listing = Server.Context.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token).AsTask();
        await Server.AnswerAsync(await Server.NextAsync(token), """{"total": 3, "offset": 0, "limit": 2, "streams": ["a", "b"]}""");
        var second = await Server.NextAsync(token);
        second.Api.ShouldBe("STREAM.NAMES");
        second.Number("offset").ShouldBe(2);
        await Server.AnswerAsync(second, """{"total": 3, "offset": 2, "limit": 2, "streams": ["c"]}""");
        (await listing).ShouldBe(["a", "b", "c"]);
    }

    [TestCase("""{"total": 0, "offset": 0, "limit": 1024, "streams": null}""")]
    [TestCase("""{"total": 7, "offset": 0, "limit": 1024, "streams": []}""")]
    [Rule("ADR-1", "Paging")]
    public async Task An_empty_page_ends_a_list_whatever_its_total_says(string answer, CancellationToken token)
    {
        var listing = Server.Context.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token).AsTask();
        await Server.AnswerAsync(await Server.NextAsync(token), answer);
        (await listing).ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-1", "JSON Based")]
    public async Task An_answer_with_an_error_is_one_whatever_else_it_has(CancellationToken token)
    {
        var error = """{"type": "io.nats.jetstream.api.v1.stream_info_response", "config": {"name": "S"}, "error": {"code": 404, "err_code": 10059, "description": "gone"} }""";
        (await FailedAsync<NatsJSApiException>(error, token)).Error.ShouldBe(new ApiError { Code = 404, ErrCode = 10059, Description = "gone" });
    }

    [Test]
    [Rule("ADR-2", "Errors")]
    public async Task An_error_without_a_number_of_its_own_is_read(CancellationToken token) =>
        (await FailedAsync<NatsJSApiException>("""{"error": {"description": "Server Error", "code": 500} }""", token)).Error.ShouldBe(new ApiError { Code = 500, Description = "Server Error" });

    [TestCase("-ERR 'no'")]
    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [Rule("ADR-1", "Text Based")]
    public async Task An_answer_that_is_no_document_is_an_error(string answer, CancellationToken token) => await FailedAsync<NatsJSException>(answer, token);

    /// <summary>Descriptions change between servers, numbers do not.</summary>
    [Test]
    [Rule("ADR-1", "JSON Based")]
    public async Task What_an_error_means_is_told_by_its_number_and_not_by_its_description(CancellationToken token)
    {
        var creating = Server.Context.CreateOrUpdateStreamAsync(new StreamConfig("S", ["s"]), token).AsTask();
        var update = await Server.NextAsync(token);
        update.Api.ShouldBe("STREAM.UPDATE.S");
        await Server.AnswerAsync(update, """{"error": {"code": 404, "err_code": 10059, "description": "in other words"} }""");
        var create = await Server.NextAsync(token);
        create.Api.ShouldBe("STREAM.CREATE.S");
        await Server.AnswerAsync(create, """{"config": {"name": "S"} }""");
        (await creating).Info.Config.Name.ShouldBe("S");
    }

    [Test]
    [Rule("ADR-2", "Versioning")]
    public async Task Fields_that_later_servers_add_are_skipped(CancellationToken token)
    {
        var info = await InfoAsync("""{"type": "x", "new": {"a": [1, {"b": 2}]}, "config": {"name": "S", "newer": true}, "state": {"messages": 3, "newest": "?"}, "created": "2026-01-01T00:00:00Z"}""", token);
        info.State.Messages.ShouldBe(3);
    }

    [Test]
    [Rule("ADR-1", "Sequence related unsigned 64bit integers")]
    public async Task Sequences_are_read_up_to_the_largest_of_64_bits(CancellationToken token) =>
        (await InfoAsync("""{"config": {"name": "S"}, "state": {"first_seq": 9223372036854775808, "last_seq": 18446744073709551615} }""", token)).State.LastSeq.ShouldBe(ulong.MaxValue);

    [TestCase("2021-07-22T15:42:12.580770412Z", 0)]
    [TestCase("2021-07-22T23:42:12.580770412+08:00", 8)]
    [Rule("ADR-1", "Time stamps")]
    public async Task Times_are_read_with_any_zone_and_with_nanoseconds(string time, int zone, CancellationToken token)
    {
        var created = (await InfoAsync($$"""{"config": {"name": "S"}, "created": "{{time}}"}""", token)).Created;
        created.ShouldBe(new DateTimeOffset(2021, 7, 22, 15, 42, 12, TimeSpan.Zero).AddTicks(5807704));
        created.Offset.ShouldBe(TimeSpan.FromHours(zone));
    }

    private async Task<StreamInfo> InfoAsync(string answer, CancellationToken token)
    {
        var asking = Server.Context.GetStreamAsync("S", cancellationToken: token).AsTask();
        await Server.AnswerAsync(await Server.NextAsync(token), answer);
        return (await asking).Info;
    }

    private async Task<TException> FailedAsync<TException>(string answer, CancellationToken token)
        where TException : Exception
    {
        var asking = Server.Context.GetStreamAsync("S", cancellationToken: token).AsTask();
        await Server.AnswerAsync(await Server.NextAsync(token), answer);
        return await Should.ThrowAsync<TException>(asking);
    }
}
