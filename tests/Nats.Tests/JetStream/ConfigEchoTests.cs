using System.Text;
using HaNatsBridge.Nats.Tests.Conformance;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>A server ignores what it does not know without a word (seen with 2.9): the echoed configuration is compared with the one that was asked for.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ConfigEchoTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task Fields_of_a_stream_that_the_server_ignores_are_logged(CancellationToken token)
    {
        using var log = new RecordedLog();
        var js = JetStream(x => x with { LoggerFactory = log });
        var stream = await CreateStreamAsync(js, token, x => x with
        {
            Storage = StreamConfigStorage.File,
            Compression = StreamConfigCompression.S2,
            Metadata = new Dictionary<string, string> { ["room"] = "kitchen" },
            AllowMsgTTL = true,
            SubjectDeleteMarkerTTL = TimeSpan.FromMinutes(1),
            AllowRollupHdrs = true,
            MaxMsgsPerSubject = 3,
            AllowAtomicPublish = true,
            PersistMode = null,
        });
        var warned = log.NotTaken;
        if (IsOldest)
        {
            warned.ShouldBe(["allow_atomic", "allow_msg_ttl", "compression", "metadata", "subject_delete_marker_ttl"]);
        }
        else
        {
            warned.ShouldBeEmpty();
            stream.Info.Config.Compression.ShouldBe(StreamConfigCompression.S2);
            stream.Info.Config.Metadata!["room"].ShouldBe("kitchen");
            stream.Info.Config.AllowMsgTTL.ShouldBeTrue();
            stream.Info.Config.SubjectDeleteMarkerTTL.ShouldBe(TimeSpan.FromMinutes(1));
            stream.Info.Config.AllowAtomicPublish.ShouldBeTrue();
        }
    }

    /// <summary>Fields that a newer server knows and this library does not survive reading and sending back.</summary>
    [Test]
    public async Task Fields_that_the_client_does_not_know_survive_an_update(CancellationToken token)
    {
        if (IsOldest)
        {
            // 2.9 has no field that this library lacks.
            return;
        }

        var js = JetStream();
        var name = UniqueName();
        var json = $$"""{"name": "{{name}}", "subjects": ["{{name}}"], "retention": "limits", "storage": "memory", "num_replicas": 1, "consumer_limits": {"max_ack_pending": 17} }""";
        await js.Connection.RequestAsync<byte[], string>($"$JS.API.STREAM.CREATE.{name}", Encoding.UTF8.GetBytes(json), cancellationToken: token);
        var stream = await js.GetStreamAsync(name, cancellationToken: token);
        await stream.UpdateAsync(stream.Info.Config with { Description = "changed" }, token);
        var info = (await js.Connection.RequestAsync<byte[], string>($"$JS.API.STREAM.INFO.{name}", [], cancellationToken: token)).Data!;
        info.ShouldContain("changed");
        info.ShouldContain("\"max_ack_pending\":17");
    }

    [Test]
    public void Only_what_was_asked_for_is_compared()
    {
        var asked = new StreamConfig("S", ["a", "b"])
        {
            MaxAge = TimeSpan.FromSeconds(1),
            Metadata = new Dictionary<string, string> { ["mine"] = "1" },
            Sources = [new StreamSource { Name = "O", FilterSubject = "x", OptStartTime = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) }],
            DenyDelete = true,
        };
        var echoed = """
            {"name": "S", "subjects": ["a", "b"], "retention": "limits", "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 2000000000, "discard": "old",
             "storage": "file", "num_replicas": 1, "duplicate_window": 120000000000, "metadata": {"mine": "1", "_nats.ver": "2.15.1"},
             "sources": [{"name": "O", "filter_subject": "y", "opt_start_time": "2026-01-01T01:00:00+01:00"}]}
            """;
        ConfigEcho.Compare(asked, JSJsonContext.Default.StreamConfig, Encoding.UTF8.GetBytes(echoed)).ShouldBe(
        [
            new ConfigDifference("max_age", "1000000000", "2000000000"),
            new ConfigDifference("sources[0].filter_subject", "\"x\"", "\"y\""),
            new ConfigDifference("deny_delete", "true", null),
        ],
            ignoreOrder: true);
    }
}
