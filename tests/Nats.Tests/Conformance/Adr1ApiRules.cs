using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-1: requests of the API as they are on the wire, and their answers.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr1ApiRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-1", "Accessing")]
    public async Task Every_request_has_a_subject_that_names_what_it_is_about(CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token);
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var s = stream.Info.Config.Name!;
        await stream.UpdateAsync(stream.Info.Config with { Description = "new" }, token);
        await js.PublishAsync($"{s}.a", 1, cancellationToken: token);
        await js.GetStreamAsync(s, cancellationToken: token);
        await js.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token);
        await js.ListStreamsAsync(cancellationToken: token).ToListAsync(token);
        await stream.GetAsync(new StreamMsgGetRequest { Seq = 1 }, token);
        await stream.DeleteMessageAsync(new StreamMsgDeleteRequest { Seq = 1 }, token);
        await stream.PurgeAsync(new StreamPurgeRequest(), token);
        await js.CreateOrUpdateConsumerAsync(s, new ConsumerConfig("c"), token);
        await js.GetConsumerAsync(s, "c", token);
        await js.ListConsumerNamesAsync(s, token).ToListAsync(token);
        await js.ListConsumersAsync(s, token).ToListAsync(token);
        await js.DeleteConsumerAsync(s, "c", token);
        await js.DeleteStreamAsync(s, token);
        await js.GetAccountInfoAsync(token);
        var subjects = new List<string>();
        do
        {
            subjects.Add((await requests.NextAsync(token)).Api);
        }
        while (subjects[^1] != "INFO");

        subjects.ShouldBe(
        [
            $"STREAM.CREATE.{s}", $"STREAM.UPDATE.{s}", $"STREAM.INFO.{s}", "STREAM.NAMES", "STREAM.LIST", $"STREAM.MSG.GET.{s}", $"STREAM.MSG.DELETE.{s}", $"STREAM.PURGE.{s}",
            $"CONSUMER.CREATE.{s}.c", $"CONSUMER.INFO.{s}.c", $"CONSUMER.NAMES.{s}", $"CONSUMER.LIST.{s}", $"CONSUMER.DELETE.{s}.c", $"STREAM.DELETE.{s}", "INFO",
        ]);
    }

    [Test]
    [Rule("ADR-1", "Overview")]
    public async Task A_request_without_input_is_empty(CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token);
        await JetStream().GetAccountInfoAsync(token);
        (await requests.NextAsync(token)).Body.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-1", "Error Response")]
    public async Task An_error_comes_with_its_code_its_number_and_its_description(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var noStream = (await Should.ThrowAsync<NatsJSApiException>(js.GetStreamAsync("NONE", cancellationToken: token).AsTask())).Error;
        noStream.ShouldBe(new ApiError { Code = 404, ErrCode = 10059, Description = "stream not found" });
        var noConsumer = (await Should.ThrowAsync<NatsJSApiException>(stream.GetConsumerAsync("none", token).AsTask())).Error;
        noConsumer.ShouldBe(new ApiError { Code = 404, ErrCode = 10014, Description = "consumer not found" });
    }

    /// <summary>The server lists at most 256 at a time.</summary>
    [Test]
    [Rule("ADR-1", "Paging")]
    public async Task A_list_is_read_to_its_end_page_by_page(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        var names = Enumerable.Range(0, 300).Select(static x => $"c{x:000}").ToList();
        foreach (var name in names)
        {
            await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig { Name = name, InactiveThreshold = TimeSpan.FromMinutes(1), MemStorage = true }, token);
        }

        await using var requests = await WatchApiAsync(token);
        (await stream.ListConsumersAsync(token).Select(static x => x.Info.Name).ToListAsync(token)).ShouldBe(names, ignoreOrder: true);
        (await requests.NextAsync(token)).Json.TryGetProperty("offset", out _).ShouldBeFalse("the first page begins where there is nothing to skip");
        (await requests.NextAsync(token)).Number("offset").ShouldBe(256);
    }

    [Test]
    [Rule("ADR-1", "Time Durations")]
    public async Task Durations_are_sent_and_read_as_nanoseconds(CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token);
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { MaxAge = TimeSpan.FromDays(1), DuplicateWindow = TimeSpan.FromMilliseconds(1500) });
        var request = await requests.NextAsync(token);
        request.Number("max_age").ShouldBe(86_400_000_000_000);
        request.Number("duplicate_window").ShouldBe(1_500_000_000);
        stream.Info.Config.MaxAge.ShouldBe(TimeSpan.FromDays(1));
        stream.Info.Config.DuplicateWindow.ShouldBe(TimeSpan.FromMilliseconds(1500));
    }

    [Test]
    [Rule("ADR-1", "Time stamps")]
    public async Task Times_are_sent_in_UTC_as_RFC_3339_has_them(CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token);
        var stream = await CreateStreamAsync(JetStream(), token);
        var start = new DateTimeOffset(2026, 3, 4, 5, 6, 7, 890, TimeSpan.FromHours(2));
        var config = new ConsumerConfig("c") { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartTime, OptStartTime = start };
        var consumer = await stream.CreateOrUpdateConsumerAsync(config, token);
        var sent = (await requests.NextAsync(token, "CONSUMER.CREATE.")).Json.GetProperty("config").GetProperty("opt_start_time").GetString()!;
        sent.ShouldBe("2026-03-04T03:06:07.89Z");
        consumer.Info.Config.OptStartTime.ShouldBe(start);
        stream.Info.Created.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Test]
    [Rule("ADR-1", "32bit Integers")]
    public async Task The_largest_numbers_that_a_field_may_have_are_kept(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { MaxMsgSize = int.MaxValue, MaxMsgs = long.MaxValue });
        stream.Info.Config.MaxMsgSize.ShouldBe(int.MaxValue);
        stream.Info.Config.MaxMsgs.ShouldBe(long.MaxValue);
        var consumer = await stream.CreateOrUpdateConsumerAsync(
            new ConsumerConfig("c") { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = ulong.MaxValue },
            token);
        consumer.Info.Config.OptStartSeq.ShouldBe(ulong.MaxValue);
    }

    /// <summary>2.9 knows no pauses and is silent.</summary>
    [Test]
    [Rule("JetStream wire API Reference", "Consumers")]
    public async Task A_request_that_the_server_does_not_know_fails_when_the_time_for_an_answer_is_over(CancellationToken token)
    {
        var name = (await CreateStreamAsync(JetStream(), token)).Info.Config.Name!;
        await JetStream().CreateOrUpdateConsumerAsync(name, new ConsumerConfig("c"), token);
        var asking = IsOldest ? JetStream(static x => x with { RequestTimeout = TimeSpan.FromMilliseconds(200) }) : JetStream();
        var pausing = asking.PauseConsumerAsync(name, "c", DateTimeOffset.UtcNow.AddHours(1), token).AsTask();
        if (IsOldest)
        {
            await Should.ThrowAsync<NatsJSApiNoResponseException>(pausing);
        }
        else
        {
            (await pausing).IsPaused.ShouldBeTrue();
        }
    }

    [TestCase("STREAM.NAMES", "stream_names_response")]
    [TestCase("STREAM.LIST", "stream_list_response")]
    [TestCase("STREAM.INFO.NONE", "stream_info_response")]
    [TestCase("CONSUMER.INFO.NONE.c", "consumer_info_response")]
    [TestCase("STREAM.PURGE.NONE", "stream_purge_response")]
    [TestCase("INFO", "account_info_response")]
    [Rule("ADR-2", "Message Types")]
    public async Task Every_answer_bears_the_type_of_its_request(string api, string type, CancellationToken token)
    {
        var answer = await Here().RequestAsync<byte[], string>($"$JS.API.{api}", [], cancellationToken: token);
        System.Text.Json.JsonDocument.Parse(answer.Data!).RootElement.GetProperty("type").GetString().ShouldBe($"io.nats.jetstream.api.v1.{type}");
    }

    [Test]
    [Rule("JetStream wire API Reference", "Reference")]
    public async Task With_a_domain_requests_go_below_the_prefix_of_that_domain(CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token, "$JS.far.API");
        var nats = Here(static x => x with { RequestTimeout = TimeSpan.FromMilliseconds(50) });
        await nats.ConnectAsync();
        await Should.ThrowAsync<NatsJSApiNoResponseException>(new NatsJSContext(nats, new NatsJSOpts(nats.Opts, domain: "far")).GetAccountInfoAsync(token).AsTask());
        (await requests.NextAsync(token)).Api.ShouldBe("INFO");
        Should.Throw<NatsJSException>(() => new NatsJSOpts(nats.Opts, apiPrefix: "$JS.API", domain: "far"), "a domain is a prefix");
    }

    [Test]
    [Rule("ADR-15", "Stream name")]
    public async Task The_stream_of_a_subject_is_asked_for_by_that_subject(CancellationToken token)
    {
        var js = JetStream();
        var name = (await CreateStreamAsync(js, token)).Info.Config.Name!;
        await using var requests = await WatchApiAsync(token);
        (await js.ListStreamNamesAsync($"{name}.x.y", token).ToListAsync(token)).ShouldBe([name]);
        (await requests.NextAsync(token)).Text("subject").ShouldBe($"{name}.x.y");
        (await js.ListStreamNamesAsync("nobody.stores.this", token).ToListAsync(token)).ShouldBeEmpty();
    }
}
