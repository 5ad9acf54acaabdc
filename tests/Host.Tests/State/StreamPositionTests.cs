using HaNatsBridge.Host.State.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class StreamPositionTests
{
    [TestCase("$JS.ACK.HOME_TELEMETRY.c1.1.4711.7.1700000000123456789.42")]
    [TestCase("$JS.ACK._.acc.HOME_TELEMETRY.c1.1.4711.7.1700000000123456789.42")]
    [TestCase("$JS.ACK.hub.acc.HOME_TELEMETRY.c1.1.4711.7.1700000000123456789.42.rnd")]
    public void Sequence_time_and_pending_are_read_from_every_form_of_the_acknowledgement_subject(string subject)
    {
        AckSubject.TryParse(subject, out var ack).ShouldBeTrue();
        ack.Sequence.ShouldBe(4711UL);
        ack.Pending.ShouldBe(42UL);
        ack.Time.ToUnixTimeMilliseconds().ShouldBe(1_700_000_000_123);
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("_INBOX.x")]
    [TestCase("$JS.ACK.a.b.c")]
    [TestCase("$JS.ACK.HOME_TELEMETRY.c1.1.x.7.1.42")]
    public void What_is_no_acknowledgement_subject_is_refused(string? subject) => AckSubject.TryParse(subject, out _).ShouldBeFalse();

    [TestCase("HOME_TELEMETRY 17", 17UL)]
    [TestCase("HOME_TELEMETRY:hash 18 > > home.devices.a.b.state", 18UL)]
    [TestCase("HOME_TELEMETRY", 0UL)]
    [TestCase("HOME_TELEMETRY -1", 0UL)]
    [TestCase("", 0UL)]
    public void The_source_sequence_is_the_second_word(string header, ulong expected) => StateMessage.SourceSequence(header).ShouldBe(expected);
}
