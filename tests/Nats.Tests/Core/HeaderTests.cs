using System.Buffers;
using System.Text;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Rules of ADR-4, "NATS Message Headers".</summary>
public sealed class HeaderTests
{
    [TestCase("NATS/1.0\r\n\r\n", 0, "", "")]
    [TestCase("NATS/1.0 503\r\n\r\n", 503, "", "")]
    [TestCase("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 5\r\n\r\n", 100, "Idle Heartbeat", "Nats-Last-Consumer=5")]
    [TestCase("NATS/1.0\r\nA: 1\r\nB:  two \r\nA: 3\r\nEmpty:\r\n\r\n", 0, "", "A=1,3;B=two;Empty=")]
    [TestCase("NATS/1.0\r\nA:b:c\r\n\r\n", 0, "", "A=b:c")]
    public void A_header_block_is_read(string block, int code, string text, string expected)
    {
        var headers = new NatsHeaders();
        HeaderReader.TryRead(Encoding.UTF8.GetBytes(block), headers, Encoding.ASCII).ShouldBeTrue();
        headers.Code.ShouldBe(code);
        headers.MessageText.ShouldBe(text);
        string.Join(';', headers.Select(x => $"{x.Key}={x.Value}")).ShouldBe(expected);
    }

    [TestCase("")]
    [TestCase("NATS/1.0")]
    [TestCase("NATS/1.0\r\n")]
    [TestCase("HTTP/1.0\r\n\r\n")]
    [TestCase("NATS/1.0 abc\r\n\r\n")]
    [TestCase("NATS/1.0 503x\r\n\r\n")]
    [TestCase("NATS/1.0\r\nno colon\r\n\r\n")]
    [TestCase("NATS/1.0\r\n: no name\r\n\r\n")]
    [TestCase("NATS/1.0\r\nbad name: x\r\n\r\n")]
    [TestCase("NATS/1.0\r\nA: b\r\n\r\nC: d\r\n\r\n")]
    public void A_malformed_block_is_refused(string block) =>
        HeaderReader.TryRead(Encoding.UTF8.GetBytes(block), new NatsHeaders(), Encoding.ASCII).ShouldBeFalse();

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("with:colon")]
    [TestCase("with\r\nbreak")]
    [TestCase("ümlaut")]
    public void A_name_that_would_break_the_block_is_an_argument_error(string name) =>
        Should.Throw<ArgumentException>(() => Write(new NatsHeaders { [name] = "x" })).Message.ShouldContain("header name");

    [TestCase("a\r\nInjected: yes")]
    [TestCase("a\nb")]
    [TestCase("a\rb")]
    public void A_value_with_a_line_break_is_an_argument_error_that_names_the_header(string value) =>
        Should.Throw<ArgumentException>(() => Write(new NatsHeaders { ["Evil"] = value })).Message.ShouldContain("Evil");

    [Test]
    public void What_is_written_is_read_back_and_as_long_as_it_said()
    {
        var headers = new NatsHeaders { ["A"] = "1", ["Many"] = new StringValues(["x", "ÿ", ""]) };
        var block = Write(headers);
        block.Length.ShouldBe(headers.GetBytesLength());
        var read = new NatsHeaders();
        HeaderReader.TryRead(block, read, Encoding.UTF8).ShouldBeTrue();
        read["Many"].ToArray().ShouldBe(["x", "ÿ", ""]);
    }

    private static byte[] Write(NatsHeaders headers)
    {
        var writer = new ArrayBufferWriter<byte>();
        HeaderWriter.Write(writer, headers, Encoding.ASCII);
        return writer.WrittenSpan.ToArray();
    }
}
