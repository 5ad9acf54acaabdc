using NATS.Client.JetStream.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-15: the reply subject of a delivered message, in its short form and the one with domain and account.</summary>
public sealed class AckSubjectTests
{
    [TestCase("$JS.ACK.ORDERS.worker.2.10.5.1700000000123456789.7", "", "ORDERS")]
    [TestCase("$JS.ACK.hub.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7", "hub", "ORDERS")]
    [TestCase("$JS.ACK._.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7", "", "ORDERS")]
    [TestCase("$JS.ACK._.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7.random", "", "ORDERS")]
    [TestCase("$JS.ACK._.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7.random.and.more", "", "ORDERS")]
    public void Every_form_is_read(string reply, string domain, string stream)
    {
        AckSubject.TryParse(reply, out var ack).ShouldBeTrue();
        ack.Domain.ToString().ShouldBe(domain);
        ack.Stream.ToString().ShouldBe(stream);
        ack.Consumer.ToString().ShouldBe("worker");
        ack.Delivered.ShouldBe(2ul);
        ack.StreamSequence.ShouldBe(10ul);
        ack.ConsumerSequence.ShouldBe(5ul);
        ack.Pending.ShouldBe(7ul);
        ack.Timestamp.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1700000000123).AddTicks(4567));
    }

    [TestCase("")]
    [TestCase("_INBOX.a.b")]
    [TestCase("$JS.ACK.")]
    [TestCase("$JS.ACK.S.C.1.2.3.4")]
    [TestCase("$JS.ACK.S.C.1.2.3.4.5.6")]
    [TestCase("$JS.ACK.S.C.x.2.3.4.5")]
    [TestCase("$JS.ACK.S.C.-1.2.3.4.5")]
    [TestCase("$JS.ACK.S.C.1.99999999999999999999999.3.4.5")]
    public void What_is_no_such_subject_is_refused(string reply) => AckSubject.TryParse(reply, out _).ShouldBeFalse();

    [Test]
    public void Reading_does_not_allocate()
    {
        const string Reply = "$JS.ACK.ORDERS.worker.2.10.5.1700000000123456789.7";
        var origin = new MsgOrigin(new NATS.Client.JetStream.NatsJSOpts(new NATS.Client.Core.NatsOpts()), "ORDERS", "worker");
        origin.ReadMetadata(Reply).ShouldNotBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            origin.ReadMetadata(Reply);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [TestCase("a.b", "a.b", true)]
    [TestCase("a.*", "a.b", true)]
    [TestCase("a.>", "a.b.c", true)]
    [TestCase("a.*.c", "a.b.c", true)]
    [TestCase(">", "a", true)]
    [TestCase("a.>", "a", false)]
    [TestCase("a.*", "a.b.c", false)]
    [TestCase("a.b.c", "a.b", false)]
    [TestCase("a.b", "a.bc", false)]
    public void Filters_match_as_the_server_matches(string filter, string subject, bool matches) =>
        SubjectFilter.Matches(filter, subject).ShouldBe(matches);

    [TestCase("a.b.x", "a.b.y", "a.b.>")]
    [TestCase("a.b", "a.b.c", "a.>")]
    [TestCase("a.>", "a.>", "a.>")]
    [TestCase("a", "b", ">")]
    public void One_filter_covers_several(string first, string second, string cover) => SubjectFilter.Cover([first, second]).ShouldBe(cover);
}
