using System.Buffers;
using System.Text;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-4: header blocks byte by byte, and the operations on headers, which are those of the option without regard to case.</summary>
[CancelAfter(45_000)]
public sealed class Adr4HeaderBlockRules
{
    [TestCase("NATS/1.0\r\n\r\n", "")]
    [TestCase("NATS/1.0\r\nA: 1\r\nB:  two \r\nA: 3\r\nEmpty:\r\n\r\n", "A=1,3;B=two;Empty=")]
    [TestCase("NATS/1.0\r\nA:\tb\t \r\n\r\n", "A=b")]
    [TestCase("NATS/1.0\r\nA:b:c\r\n\r\n", "A=b:c")]
    [TestCase("NATS/1.0\r\nA: b, c\r\n\r\n", "A=b, c")]
    [TestCase("NATS/1.0\r\n!#$%&'*+-.^_`|~<>(){}\"\\/@[];=?,09azAZ: x\r\n\r\n", "!#$%&'*+-.^_`|~<>(){}\"\\/@[];=?,09azAZ=x")]
    [Rule("ADR-4", "Context")]
    public void A_header_is_a_name_a_colon_and_a_value_without_the_white_space_around_it(string block, string expected)
    {
        var headers = Read(block);
        headers.Version.ShouldBe(1);
        string.Join(';', headers.Select(static x => $"{x.Key}={x.Value}")).ShouldBe(expected);
    }

    [TestCase("NATS/1.0 503\r\n\r\n", 503, "", "")]
    [TestCase("NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 5\r\n\r\n", 100, "Idle Heartbeat", "Nats-Last-Consumer=5")]
    [TestCase("NATS/1.0 404 No Messages\r\n\r\n", 404, "No Messages", "")]
    [Rule("ADR-4", "Version header")]
    public void A_status_and_its_text_stand_behind_the_version(string block, int code, string text, string expected)
    {
        var headers = Read(block);
        (headers.Code, headers.MessageText).ShouldBe((code, text));
        string.Join(';', headers.Select(static x => $"{x.Key}={x.Value}")).ShouldBe(expected);
    }

    [TestCase("")]
    [TestCase("NATS/1.0")]
    [TestCase("NATS/1.0\r\n")]
    [TestCase("HTTP/1.0\r\n\r\n")]
    [TestCase("NATS/1.0 abc\r\n\r\n")]
    [TestCase("NATS/1.0 503x\r\n\r\n")]
    [TestCase("NATS/1.0\r\nno colon\r\n\r\n")]
    [TestCase("NATS/1.0\r\n: no name\r\n\r\n")]
    [TestCase("NATS/1.0\r\nspace before : x\r\n\r\n")]
    [TestCase("NATS/1.0\r\nspace : x\r\n\r\n")]
    [TestCase("NATS/1.0\r\nA: b\r\n\r\nC: d\r\n\r\n")]
    [Rule("ADR-4", "Context")]
    public void A_malformed_block_is_refused(string block) =>
        HeaderReader.TryRead(Encoding.UTF8.GetBytes(block), new NatsHeaders(), Encoding.ASCII).ShouldBeFalse();

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("with:colon")]
    [TestCase("with\r\nbreak")]
    [TestCase("ümlaut")]
    [TestCase("\u007f")]
    [Rule("ADR-4", "Context")]
    public void A_name_is_of_printable_ASCII_without_colon_or_an_argument_error(string name) =>
        Should.Throw<ArgumentException>(() => Write(new NatsHeaders { [name] = "x" })).Message.ShouldContain("header name");

    [TestCase("a\r\nInjected: yes")]
    [TestCase("a\nb")]
    [TestCase("a\rb")]
    [Rule("ADR-4", "Context")]
    public void A_value_with_a_line_break_is_an_argument_error_that_names_the_header(string value) =>
        Should.Throw<ArgumentException>(() => Write(new NatsHeaders { ["Evil"] = value })).Message.ShouldContain("Evil");

    [Test]
    [Rule("ADR-4", "Multiple Header Values Serialization")]
    public void Each_value_of_a_name_is_written_on_a_line_of_its_own() =>
        Write(new NatsHeaders { ["Header1"] = new(["X", "Y"]), ["Header2"] = "Z" }).ShouldBe("NATS/1.0\r\nHeader1: X\r\nHeader1: Y\r\nHeader2: Z\r\n\r\n");

    [Test]
    [Rule("ADR-4", "Publishing Messages With A Header")]
    public void The_length_of_the_headers_is_that_of_all_up_to_the_payload()
    {
        var headers = new NatsHeaders { ["Header1"] = new(["X", "Y"]), ["Header2"] = "Z" };
        headers.GetBytesLength().ShouldBe(48);
        headers["Header3"] = "ÿ€";
        headers.GetBytesLength().ShouldBe(Encoding.UTF8.GetByteCount(Write(headers)));
    }

    [Test]
    [Rule("ADR-4", "Reading Values")]
    public void A_name_is_found_in_any_case_and_gives_its_values_in_order_or_none()
    {
        var headers = Read("NATS/1.0\r\nKey: 1\r\nkey: 2\r\nOther: x\r\nKEY: 3\r\n\r\n");
        headers["kEY"].ToArray().ShouldBe(["1", "2", "3"]);
        headers["kEY"][0].ShouldBe("1");
        headers["absent"].Count.ShouldBe(0);
        headers["absent"].ToString().ShouldBeEmpty();
        headers.TryGetValue("absent", out _).ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-4", "Setting Values")]
    public void Setting_a_name_replaces_all_its_values_and_removing_it_removes_them_in_any_case()
    {
        var headers = new NatsHeaders { ["Key"] = new(["1", "2"]), ["Other"] = "x" };
        headers["KEY"] = "3";
        headers["key"].ToArray().ShouldBe(["3"]);
        headers.Remove("kEy").ShouldBeTrue();
        headers.Keys.ShouldBe(["Other"]);
        headers["other"] = StringValues.Empty;
        headers.Count.ShouldBe(0);
    }

    [Test]
    [Rule("ADR-4", "Case-insensitive Option")]
    public void Values_that_are_added_to_a_name_stand_under_its_first_spelling()
    {
        var headers = new NatsHeaders { ["x-Key"] = "1" };
        headers["X-KEY"] = StringValues.Concat(headers["X-KEY"], "2");
        Write(headers).ShouldBe("NATS/1.0\r\nx-Key: 1\r\nx-Key: 2\r\n\r\n");
    }

    [Test]
    [Rule("ADR-4", "Enabling Message Headers")]
    public async Task Headers_are_enabled_where_the_server_has_them(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await nats.ConnectAsync();
        (server.Connect["headers"]!.GetValue<bool>(), server.Connect["no_responders"]!.GetValue<bool>()).ShouldBe((true, true));
    }

    [TestCase(NatsServerVersion.Oldest)]
    [TestCase(NatsServerVersion.Newest)]
    [Rule("ADR-4", "Enabling Message Headers")]
    public async Task A_server_without_headers_is_no_obstacle_but_to_messages_that_have_some(NatsServerVersion version, CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, Config = "no_header_support: true" }, token);
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url, ConnectTimeout = CoreTest.Patience });
        await using var sub = await nats.SubscribeCoreAsync<string>("plain", cancellationToken: token);
        (await Should.ThrowAsync<NatsException>(async () => await nats.PublishAsync("plain", "x", new NatsHeaders { ["A"] = "b" }, cancellationToken: token))).Message.ShouldContain("headers");
        await nats.PublishAsync("plain", "fine", cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Data.ShouldBe("fine");
    }

    private static NatsHeaders Read(string block)
    {
        var headers = new NatsHeaders();
        HeaderReader.TryRead(Encoding.UTF8.GetBytes(block), headers, Encoding.ASCII).ShouldBeTrue();
        return headers;
    }

    private static string Write(NatsHeaders headers)
    {
        var writer = new ArrayBufferWriter<byte>();
        HeaderWriter.Write(writer, headers, Encoding.ASCII);
        return Encoding.UTF8.GetString(writer.WrittenSpan);
    }
}
