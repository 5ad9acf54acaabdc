using System.Text;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Rules of docs.nats.io, "Client Protocol".</summary>
public sealed class ProtocolParserTests
{
    private const int MaxBody = 1024;

    [TestCase("PING\r\n", ServerOpKind.Ping)]
    [TestCase("pong\r\n", ServerOpKind.Pong)]
    [TestCase("+OK\r\n", ServerOpKind.Ok)]
    [TestCase("-ERR 'Stale Connection'\r\n", ServerOpKind.Err)]
    [TestCase("INFO {}\r\n", ServerOpKind.Info)]
    [TestCase("MSG a.b 7 2\r\nhi\r\n", ServerOpKind.Msg)]
    [TestCase("MSG a.b 7 reply 0\r\n\r\n", ServerOpKind.Msg)]
    [TestCase("HMSG a.b 7 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n", ServerOpKind.Msg)]
    public void Each_command_is_read_whole(string text, object kind)
    {
        Parse(text, out var op, out _).ShouldBe(ParseStatus.Done);
        op.Kind.ShouldBe((ServerOpKind)kind);
        op.Length.ShouldBe(text.Length);
    }

    [TestCase("PING\r\n")]
    [TestCase("-ERR 'Stale Connection'\r\n")]
    [TestCase("INFO {\"a\":1}\r\n")]
    [TestCase("MSG a.b 7 reply 2\r\nhi\r\n")]
    [TestCase("HMSG a.b 7 r 12 14\r\nNATS/1.0\r\n\r\nhi\r\n")]
    public void A_command_that_is_cut_anywhere_is_incomplete(string text)
    {
        for (var length = 0; length < text.Length; length++)
        {
            Parse(text[..length], out _, out _).ShouldBe(ParseStatus.Incomplete, $"at {length}");
        }
    }

    [TestCase("GARBAGE\r\n")]
    [TestCase("PINK\r\n")]
    [TestCase("PING \r\n")]
    [TestCase("PING\n")]
    [TestCase("MSG a\r\n")]
    [TestCase("MSG a b 1\r\nx\r\n")]
    [TestCase("MSG a 1 r x 1\r\nx\r\n")]
    [TestCase("MSG a 1 -1\r\n")]
    [TestCase("MSG a 1 1x\r\n")]
    [TestCase("MSG a 1 4294967296\r\n")]
    [TestCase("MSG a 1 99999999999999999999\r\n")]
    [TestCase("MSG a 1 1025\r\n")]
    [TestCase("MSG a 1 2\r\nabc\r\n")]
    [TestCase("MSG a 1 2\nab\r\n")]
    [TestCase("HMSG a 1 5 4\r\n")]
    [TestCase("\0\0\0\0")]
    public void What_is_not_the_protocol_is_refused(string text)
    {
        Parse(text, out _, out var error).ShouldBe(ParseStatus.Invalid);
        error.ShouldNotBeNull();
    }

    [Test]
    public void A_line_without_an_end_is_refused_at_its_limit()
    {
        Parse("MSG " + new string('a', ProtocolParser.MaxControlLine + 1), out _, out _).ShouldBe(ParseStatus.Invalid);
        Parse("INFO " + new string('a', ProtocolParser.MaxInfoLine + 1), out _, out _).ShouldBe(ParseStatus.Invalid);
    }

    [Test]
    public void The_parts_of_a_message_are_found()
    {
        const string Text = "HMSG some.subject 123 the.reply 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n";
        Parse(Text, out var op, out _).ShouldBe(ParseStatus.Done);
        op.Sid.ShouldBe(123);
        Text.Substring(op.SubjectStart, op.SubjectLength).ShouldBe("some.subject");
        Text.Substring(op.ReplyStart, op.ReplyLength).ShouldBe("the.reply");
        op.HeaderLength.ShouldBe(18);
        op.BodyLength.ShouldBe(23);
    }

    private static ParseStatus Parse(string text, out ServerOp op, out string? error) =>
        ProtocolParser.TryParse(Encoding.ASCII.GetBytes(text), MaxBody, out op, out _, out error);
}
