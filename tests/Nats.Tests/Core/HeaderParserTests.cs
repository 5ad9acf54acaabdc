using System.Buffers;
using System.Text;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>As in the official client, whose parser the sidecar's own subscriptions may meet.</summary>
public sealed class HeaderParserTests
{
    [Test]
    public void The_parser_that_subscriptions_are_given_throws_at_a_malformed_block_and_says_false_to_none()
    {
        var parser = new NatsHeaderParser(Encoding.ASCII);
        Should.Throw<NatsException>(() => Parse("NATS/1.0\r\nno colon\r\n\r\n"));
        Parse(string.Empty).ShouldBeFalse();
        Parse("NATS/1.0\r\nA: b\r\n\r\n").ShouldBeTrue();

        bool Parse(string block) => parser.ParseHeaders(new SequenceReader<byte>(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(block))), new NatsHeaders());
    }
}
