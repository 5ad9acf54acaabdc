using System.Collections.Concurrent;
using System.Text;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class StreamFollowerTests(NatsServerVersion version)
{
    private NatsServerProcess _server = null!;
    private TcpProxy _line = null!;
    private NatsConnection _near = null!;
    private NatsConnection _far = null!;
    private NatsJSContext _jetStream = null!;
    private StreamFollower _follower = null!;
    private string _stream = null!;

    [OneTimeSetUp]
    public async Task StartServer()
    {
        _server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true });
        _line = new TcpProxy(_server.Port);
        _near = new NatsConnection(new NatsOpts { Url = _server.Url });
        _jetStream = new NatsJSContext(_near);
    }

    [OneTimeTearDown]
    public async Task StopServer()
    {
        await _near.DisposeAsync();
        await _line.DisposeAsync();
        await _server.DisposeAsync();
    }

    [SetUp]
    public async Task SetUp()
    {
        (_line.Refuse, _line.Silent) = (false, false);
        _far = new NatsConnection(new NatsOpts
        {
            Url = _line.Url,
            MaxReconnectRetry = -1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(20),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(100),
        });
        await _far.ConnectAsync();
        _follower = new StreamFollower(new TestStorage(_far), TimeProvider.System, NullLogger<StreamFollower>.Instance);
        _stream = $"S{TestContext.CurrentContext.Test.ID.Replace('-', '_')}";
        await _jetStream.CreateStreamAsync(new StreamConfig(_stream, [$"{_stream}.>"]));
    }

    [TearDown]
    public async Task TearDown()
    {
        _follower.Dispose();
        await _far.DisposeAsync();
    }

    [Test]
    public async Task What_is_stored_is_read_in_its_order_and_the_last_sequence_is_returned(CancellationToken token)
    {
        await PublishAsync(1, 5);
        var reader = new Reader();
        (await _follower.ReadAsync(new StreamStart(_stream), reader, token)).ShouldBe(5UL);
        reader.Texts.ShouldBe(["1", "2", "3", "4", "5"]);

        (await _follower.ReadAsync(new StreamStart(_stream) { After = 3 }, reader = new Reader(), token)).ShouldBe(5UL);
        reader.Texts.ShouldBe(["4", "5"]);
        reader.Messages.Last().IsLast.ShouldBeTrue();
    }

    [Test]
    public async Task Where_nothing_is_stored_reading_has_caught_up_at_once(CancellationToken token)
    {
        (await _follower.ReadAsync(new StreamStart(_stream), new Reader(), token)).ShouldBe(0UL);
        await PublishAsync(1, 3);
        (await _follower.ReadAsync(new StreamStart(_stream) { After = 3 }, new Reader(), token)).ShouldBe(3UL);
        (await _follower.ReadAsync(new StreamStart(_stream) { Subject = $"{_stream}.*.b" }, new Reader(), token)).ShouldBe(0UL);
        var later = DateTimeOffset.UtcNow.AddMinutes(1);
        (await _follower.ReadAsync(new StreamStart(_stream) { Since = later }, new Reader(), token)).ShouldBe(0UL);

        await (await _jetStream.GetStreamAsync(_stream, cancellationToken: token)).PurgeAsync(new StreamPurgeRequest(), token);
        (await _follower.ReadAsync(new StreamStart(_stream), new Reader(), token)).ShouldBe(0UL);
    }

    [Test]
    public async Task A_stream_that_ends_before_the_start_is_read_from_its_first_message(CancellationToken token)
    {
        await PublishAsync(1, 2);
        var reader = new Reader();
        (await _follower.ReadAsync(new StreamStart(_stream) { After = 3 }, reader, token)).ShouldBe(2UL);
        reader.Texts.ShouldBe(["1", "2"]);
    }

    [Test]
    public async Task Only_the_subjects_and_the_time_that_were_asked_for_are_read(CancellationToken token)
    {
        await PublishAsync(1, 2, "x.a");
        await PublishAsync(3, 3, "x.b");
        var reader = new Reader();
        await _follower.ReadAsync(new StreamStart(_stream) { Subject = $"{_stream}.*.a" }, reader, token);
        reader.Texts.ShouldBe(["1", "2"]);

        var stream = await _jetStream.GetStreamAsync(_stream, cancellationToken: token);
        var third = await stream.GetAsync(new StreamMsgGetRequest { Seq = 3 }, token);
        await _follower.ReadAsync(new StreamStart(_stream) { Since = third.Message.Time }, reader = new Reader(), token);
        reader.Texts.ShouldBe(["3"]);
    }

    [Test]
    public async Task A_bucket_is_read_by_its_last_values_and_followed_with_its_deletions(CancellationToken token)
    {
        var bucket = await new NatsKVContext(_jetStream).CreateStoreAsync(new NatsKVConfig(_stream) { History = 10 }, token);
        await bucket.PutAsync("lamp.desk", "1", cancellationToken: token);
        await bucket.PutAsync("lamp.desk", "2", cancellationToken: token);
        await bucket.PutAsync("lamp.gone", "1", cancellationToken: token);
        await bucket.DeleteAsync("lamp.gone", cancellationToken: token);
        var reader = new Reader();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
        var following = _follower.FollowAsync(StreamStart.OfBucket(_stream), reader, end.Token);
        await Eventually.TrueAsync(() => reader.HasCaughtUp, "caught up");
        reader.Messages.Select(message => $"{message.Key}={message.Text} {message.Sequence} {message.IsDeletion}")
            .ShouldBe(["lamp.desk=2 2 False", "lamp.gone= 4 True"]);

        await bucket.PurgeAsync("lamp.desk", cancellationToken: token);
        await Eventually.TrueAsync(() => reader.Messages.Count == 3, "followed");
        reader.Messages.Last().ShouldBe(new Read("lamp.desk", "", 5, TimeSpan.Zero, IsDeletion: true, IsLast: true));
        _follower.Positions.ShouldBe([("KV_" + _stream, 5UL)]);
        await EndAsync(following, end);
        _follower.Positions.ShouldBeEmpty();
    }

    [Test]
    public async Task After_an_outage_it_goes_on_behind_what_was_read_and_knows_what_has_waited(CancellationToken token)
    {
        var reader = new Reader();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
        var following = _follower.FollowAsync(new StreamStart(_stream), reader, end.Token);
        await Eventually.TrueAsync(() => reader.HasCaughtUp, "caught up");
        await PublishAsync(1, 2);
        await Eventually.TrueAsync(() => reader.Messages.Count == 2, "followed");
        reader.Messages.Last().Age.ShouldBe(TimeSpan.Zero);

        await OutageAsync(() => PublishAsync(3, 1000));
        await Eventually.TrueAsync(() => reader.Messages.Count == 1000, "nothing is missing");
        await PublishAsync(1001, 1001);
        await Eventually.TrueAsync(() => reader.Messages.Count == 1001, "it goes on");
        reader.Texts.ShouldBe(Enumerable.Range(1, 1001).Select(number => $"{number}"));
        reader.Messages.Where(message => message.Sequence is > 2 and <= 1000).ShouldAllBe(message => message.Age > TimeSpan.Zero);
        reader.Messages.Last().Age.ShouldBe(TimeSpan.Zero);
        reader.CatchUps.ShouldBe(1);
        await EndAsync(following, end);
    }

    [Test]
    public async Task The_first_message_of_all_has_waited_if_it_came_while_the_connection_was_lost(CancellationToken token)
    {
        var reader = new Reader();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
        var following = _follower.FollowAsync(new StreamStart(_stream), reader, end.Token);
        await Eventually.TrueAsync(() => reader.HasCaughtUp, "caught up");
        await OutageAsync(() => PublishAsync(1, 1));
        await Eventually.TrueAsync(() => reader.Messages.Count == 1, "it comes");
        reader.Messages.Single().Age.ShouldBeGreaterThan(TimeSpan.Zero);
        await EndAsync(following, end);
    }

    [Test]
    public async Task A_message_that_the_reader_fails_at_does_not_stop_its_neighbours(CancellationToken token)
    {
        await PublishAsync(1, 3);
        var reader = new Reader { FailsAt = "2" };
        (await _follower.ReadAsync(new StreamStart(_stream), reader, token)).ShouldBe(3UL);
        reader.Texts.ShouldBe(["1", "3"]);
    }

    [Test]
    public async Task A_stream_that_is_not_there_is_waited_for(CancellationToken token)
    {
        var reading = _follower.ReadAsync(new StreamStart(_stream + "X"), new Reader(), token);
        await _jetStream.CreateStreamAsync(new StreamConfig(_stream + "X", ["later.>"]), token);
        (await _jetStream.PublishAsync("later.x", "1", cancellationToken: token)).EnsureSuccess();
        await reading;
    }

    [Test]
    public async Task What_was_to_come_and_is_deleted_before_it_comes_is_not_waited_for(CancellationToken token)
    {
        await PublishAsync(1, 2);
        var stream = await _jetStream.GetStreamAsync(_stream, cancellationToken: token);
        var reader = new Reader();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);

        // The stream is asked for what there is; when the consumer is made there is nothing left.
        _line.Delay = TimeSpan.FromMilliseconds(200);
        var following = _follower.FollowAsync(new StreamStart(_stream), reader, end.Token);
        await stream.PurgeAsync(new StreamPurgeRequest(), token);
        _line.Delay = TimeSpan.Zero;
        await Eventually.TrueAsync(() => reader.HasCaughtUp, "caught up");
        await EndAsync(following, end);
    }

    /// <summary>The server holds back at most 64 MiB for a client, and closes the connection of one that has not read them.</summary>
    [Test]
    public async Task Many_large_messages_are_read_over_one_connection_however_slowly(CancellationToken token)
    {
        const int count = 1_800;
        var large = new byte[64_000];
        for (var i = 0; i < count; i++)
        {
            await _near.PublishAsync($"{_stream}.x", large, cancellationToken: token);
        }

        // Nothing acknowledges them: the server may still be writing.
        await Eventually.TrueAsync(
            async () => (await _jetStream.GetStreamAsync(_stream, cancellationToken: token)).Info.State.Messages == count,
            "all are stored");
        var losses = 0;
        _far.ConnectionDisconnected += (_, _) =>
        {
            Interlocked.Increment(ref losses);
            return ValueTask.CompletedTask;
        };
        var reader = new SlowReader();
        await _follower.ReadAsync(new StreamStart(_stream), reader, token);
        reader.Count.ShouldBe(count);
        losses.ShouldBe(0);
    }

    private async Task PublishAsync(int first, int last, string subject = "x")
    {
        for (var number = first; number <= last; number++)
        {
            (await _jetStream.PublishAsync($"{_stream}.{subject}", $"{number}")).EnsureSuccess();
        }
    }

    private async Task OutageAsync(Func<Task> meanwhile)
    {
        _line.Refuse = true;
        _line.Cut();
        await Eventually.TrueAsync(() => _far.ConnectionState != NatsConnectionState.Open, "the connection is lost");
        await meanwhile();
        _line.Refuse = false;
    }

    private static async Task EndAsync(Task following, CancellationTokenSource end)
    {
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => following);
    }

    private sealed record Read(string Key, string Text, ulong Sequence, TimeSpan Age, bool IsDeletion, bool IsLast);

    private sealed class SlowReader : IStreamReader
    {
        public int Count { get; private set; }

        void IStreamReader.Read(in StreamMessage message)
        {
            Count++;
            Thread.Sleep(1);
        }
    }

    private sealed class Reader : IStreamReader
    {
        private int _catchUps;

        public ConcurrentQueue<Read> Messages { get; } = [];

        public IEnumerable<string> Texts => Messages.Select(message => message.Text);

        public string? FailsAt { get; init; }

        public int CatchUps => Volatile.Read(ref _catchUps);

        public bool HasCaughtUp => CatchUps > 0;

        void IStreamReader.Read(in StreamMessage message)
        {
            var text = Encoding.UTF8.GetString(message.Payload);
            if (text == FailsAt)
            {
                throw new InvalidOperationException("out of luck");
            }

            Messages.Enqueue(new Read(message.Key, text, message.Sequence, message.Age, message.IsDeletion, message.IsLast));
        }

        void IStreamReader.CaughtUp() => Interlocked.Increment(ref _catchUps);
    }
}
