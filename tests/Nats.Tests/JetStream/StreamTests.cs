using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class StreamTests(NatsServerVersion version) : JetStreamTest(version)
{
    /// <summary>ADR-1: the answer echoes the configuration and the state.</summary>
    [Test]
    public async Task A_created_stream_is_as_it_was_asked_for(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, x => x with
        {
            Description = "numbers",
            MaxMsgs = 10,
            MaxMsgsPerSubject = 5,
            MaxBytes = 1024,
            MaxAge = TimeSpan.FromMinutes(5),
            MaxMsgSize = 100,
            DuplicateWindow = TimeSpan.FromSeconds(30),
            Discard = StreamConfigDiscard.New,
            DiscardNewPerSubject = true,
            AllowRollupHdrs = true,
            AllowDirect = true,
            DenyDelete = true,
        });
        var config = stream.Info.Config;
        config.Description.ShouldBe("numbers");
        config.MaxMsgs.ShouldBe(10);
        config.MaxMsgsPerSubject.ShouldBe(5);
        config.MaxBytes.ShouldBe(1024);
        config.MaxAge.ShouldBe(TimeSpan.FromMinutes(5));
        config.MaxMsgSize.ShouldBe(100);
        config.DuplicateWindow.ShouldBe(TimeSpan.FromSeconds(30));
        config.Discard.ShouldBe(StreamConfigDiscard.New);
        config.DiscardNewPerSubject.ShouldBeTrue();
        config.AllowRollupHdrs.ShouldBeTrue();
        config.AllowDirect.ShouldBeTrue();
        config.DenyDelete.ShouldBeTrue();
        config.Storage.ShouldBe(StreamConfigStorage.Memory);
        stream.Info.State.Messages.ShouldBe(0);
        stream.Info.Created.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    /// <summary>The server's STREAM.CREATE: the same once more is fine, another configuration is refused (error 10058).</summary>
    [Test]
    public async Task Creating_a_stream_again_with_another_configuration_is_refused(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var config = stream.Info.Config;
        await js.CreateStreamAsync(new StreamConfig(config.Name!, config.Subjects!) { Storage = StreamConfigStorage.Memory }, token);
        var refused = await Should.ThrowAsync<NatsJSApiException>(
            js.CreateStreamAsync(new StreamConfig(config.Name!, ["other"]) { Storage = StreamConfigStorage.Memory }, token).AsTask());
        refused.Error.ErrCode.ShouldBe(10058);
    }

    [Test]
    public async Task Create_or_update_creates_and_then_updates(CancellationToken token)
    {
        var js = JetStream();
        var name = UniqueName();
        var config = new StreamConfig(name, [$"{name}.a"]) { Storage = StreamConfigStorage.Memory };
        (await js.CreateOrUpdateStreamAsync(config, token)).Info.Config.Subjects.ShouldBe([$"{name}.a"]);
        (await js.CreateOrUpdateStreamAsync(config with { Subjects = [$"{name}.b"] }, token)).Info.Config.Subjects.ShouldBe([$"{name}.b"]);
    }

    [Test]
    public async Task A_stream_that_is_not_there_is_a_typed_error(CancellationToken token)
    {
        var js = JetStream();
        (await Should.ThrowAsync<NatsJSApiException>(js.GetStreamAsync("NONE", cancellationToken: token).AsTask())).Error.ErrCode.ShouldBe(10059);
        (await Should.ThrowAsync<NatsJSApiException>(js.DeleteStreamAsync("NONE", token).AsTask())).Error.Code.ShouldBe(404);
    }

    /// <summary>STREAM.NAMES with a subject: the streams that would store it.</summary>
    [Test]
    public async Task Stream_names_can_be_asked_for_by_subject(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var name = stream.Info.Config.Name!;
        (await js.ListStreamNamesAsync($"{name}.x.y", token).ToListAsync(token)).ShouldBe([name]);
        (await js.ListStreamNamesAsync("nobody.stores.this", token).ToListAsync(token)).ShouldBeEmpty();
        (await js.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token)).ShouldContain(name);
        (await js.ListStreamsAsync(cancellationToken: token).ToListAsync(token)).Select(x => x.Info.Config.Name).ShouldContain(name);
    }

    /// <summary>STREAM.MSG.GET by sequence, last of a subject, next of a subject.</summary>
    [Test]
    public async Task A_message_can_be_read_by_sequence_and_by_subject(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 6, token, subjects: 2);
        var name = stream.Info.Config.Name;
        var third = (await stream.GetAsync(new StreamMsgGetRequest { Seq = 3 }, token)).Message;
        third.Subject.ShouldBe($"{name}.1");
        third.Seq.ShouldBe(3ul);
        System.Text.Encoding.UTF8.GetString(third.Data.Span).ShouldBe("3");
        third.Time.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        (await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = $"{name}.0" }, token)).Message.Seq.ShouldBe(6ul);
        (await stream.GetAsync(new StreamMsgGetRequest { Seq = 3, NextBySubj = $"{name}.0" }, token)).Message.Seq.ShouldBe(4ul);
        (await Should.ThrowAsync<NatsJSApiException>(stream.GetAsync(new StreamMsgGetRequest { Seq = 99 }, token).AsTask())).Error.Code.ShouldBe(404);
    }

    [Test]
    public async Task A_purge_removes_all_or_by_subject_or_up_to_a_sequence_or_all_but_the_last(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 10, token, subjects: 2);
        var name = stream.Info.Config.Name;
        (await stream.PurgeAsync(new StreamPurgeRequest { Filter = $"{name}.0", Keep = 2 }, token)).Purged.ShouldBe(3ul);
        (await stream.PurgeAsync(new StreamPurgeRequest { Seq = 7 }, token)).Purged.ShouldBe(3ul);
        (await stream.PurgeAsync(new StreamPurgeRequest(), token)).Success.ShouldBeTrue();
        await stream.RefreshAsync(cancellationToken: token);
        stream.Info.State.Messages.ShouldBe(0);
        stream.Info.State.LastSeq.ShouldBe(10ul);
    }

    [Test]
    public async Task A_single_message_can_be_deleted(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 3, token);
        (await stream.DeleteMessageAsync(new StreamMsgDeleteRequest { Seq = 2 }, token)).Success.ShouldBeTrue();
        stream = await js.GetStreamAsync(stream.Info.Config.Name!, new StreamInfoRequest { DeletedDetails = true, SubjectsFilter = ">" }, token);
        stream.Info.State.Deleted.ShouldBe([2ul]);
        stream.Info.State.Subjects!.Single().Value.ShouldBe(2);
    }

    [Test]
    public async Task An_update_changes_the_configuration(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await stream.UpdateAsync(stream.Info.Config with { MaxMsgs = 7 }, token);
        stream.Info.Config.MaxMsgs.ShouldBe(7);
        (await js.GetStreamAsync(stream.Info.Config.Name!, cancellationToken: token)).Info.Config.MaxMsgs.ShouldBe(7);
    }

    [Test]
    public async Task The_account_tells_what_it_uses(CancellationToken token)
    {
        var js = JetStream();
        await CreateStreamAsync(js, token);
        var account = await js.GetAccountInfoAsync(token);
        account.Streams.ShouldBeGreaterThan(0);
        account.Api.Total.ShouldBeGreaterThan(0);
        account.Limits.MaxStreams.ShouldBe(-1);
    }

    /// <summary>ADR-6: what a name must not contain.</summary>
    [TestCase("a.b")]
    [TestCase("a b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a/b")]
    [TestCase("a\r\nPUB x 0")]
    [TestCase("")]
    public async Task A_name_that_cannot_be_is_refused_before_anything_is_sent(string name)
    {
        var js = JetStream();
        await Should.ThrowAsync<ArgumentException>(async () => await js.GetStreamAsync(name));
        await Should.ThrowAsync<ArgumentException>(async () => await js.CreateStreamAsync(new StreamConfig(name, ["x"])));
        await Should.ThrowAsync<ArgumentException>(async () => await js.DeleteConsumerAsync("ok", name));
        await Should.ThrowAsync<ArgumentException>(async () => await js.CreateOrUpdateConsumerAsync("ok", new ConsumerConfig(name)));
    }

    [Test]
    public async Task Without_jetstream_the_error_says_that_nobody_listens(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(Version, token);
        var js = JetStream(x => x with { Url = server.Url });
        await Should.ThrowAsync<NatsNoRespondersException>(js.GetAccountInfoAsync(token).AsTask());
        await Should.ThrowAsync<NatsJSPublishNoResponseException>(js.PublishAsync("x", 1, cancellationToken: token).AsTask());
    }
}
