using NATS.Client.JetStream.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-15: the reply subject of a delivered message.</summary>
public sealed class Adr15AckSubjectRules
{
    [TestCase("$JS.ACK.ORDERS.worker.2.10.5.1700000000123456789.7")]
    [Rule("ADR-15", "JSAck: Token Version 1")]
    public void The_reply_subject_of_nine_tokens_is_read(string reply) => ShouldBeRead(reply, string.Empty);

    [TestCase("$JS.ACK.hub.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7")]
    [Rule("ADR-15", "JSAck: Token Version 2")]
    public void The_reply_subject_of_eleven_tokens_is_read_with_its_domain(string reply) => ShouldBeRead(reply, "hub");

    [TestCase("$JS.ACK.hub.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7.random")]
    [TestCase("$JS.ACK.hub.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7.random.and.more")]
    [Rule("ADR-15", "JSAck: Token Version 2")]
    public void Tokens_that_later_servers_append_to_the_reply_subject_are_skipped(string reply) => ShouldBeRead(reply, "hub");

    [TestCase("$JS.ACK._.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7")]
    [TestCase("$JS.ACK._.ACCHASH.ORDERS.worker.2.10.5.1700000000123456789.7.random")]
    [Rule("ADR-15", "JSAck: Token Version 2")]
    public void An_underscore_in_place_of_the_domain_means_none(string reply) => ShouldBeRead(reply, string.Empty);

    [TestCase("")]
    [TestCase("_INBOX.a.b")]
    [TestCase("$JS.ACK.")]
    [TestCase("$JS.ACK.S.C.1.2.3.4")]
    [TestCase("$JS.ACK.S.C.1.2.3.4.5.6")]
    [TestCase("$JS.ACK.S.C.x.2.3.4.5")]
    [TestCase("$JS.ACK.S.C.-1.2.3.4.5")]
    [TestCase("$JS.ACK.S.C.1.99999999999999999999999.3.4.5")]
    [Rule("ADR-15", "JSAck")]
    public void A_reply_subject_of_another_form_is_refused(string reply) => AckSubject.TryParse(reply, out _).ShouldBeFalse();

    private static void ShouldBeRead(string reply, string domain)
    {
        AckSubject.TryParse(reply, out var ack).ShouldBeTrue();
        ack.Domain.ToString().ShouldBe(domain);
        ack.Stream.ToString().ShouldBe("ORDERS");
        ack.Consumer.ToString().ShouldBe("worker");
        ack.Delivered.ShouldBe(2ul);
        ack.StreamSequence.ShouldBe(10ul);
        ack.ConsumerSequence.ShouldBe(5ul);
        ack.Pending.ShouldBe(7ul);
        ack.Timestamp.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1700000000123).AddTicks(4567));
    }
}
