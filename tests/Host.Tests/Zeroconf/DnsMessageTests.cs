using System.Net;
using System.Text;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Zeroconf.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Zeroconf;

/// <summary>What the advertisement answers, and to which questions. A foreign reader tries the whole (test_zeroconf.py).</summary>
public sealed class DnsMessageTests
{
    private static readonly HashSet<string> Names = new(["_hanatsbridge._tcp.local"], StringComparer.OrdinalIgnoreCase);

    [TestCase("_hanatsbridge._tcp.local", 12, true)]
    [TestCase("_HaNatsBridge._TCP.local", 255, true)]
    [TestCase("_hanatsbridge._tcp.local", 28, false)]
    [TestCase("_http._tcp.local", 12, false)]
    public void It_is_asked_by_name_and_type(string name, int type, bool isAsked) =>
        DnsQuestions.AskFor(Query(Question(name, type)), Names).ShouldBe(isAsked);

    [Test]
    public void Further_questions_and_names_that_point_back_are_read()
    {
        byte[] first = [.. Question("a._tcp.local", 12)];

        // The second name is one label, and then the first name from its second label on.
        byte[] second = [13, .. "_hanatsbridge"u8, 0xC0, 12 + 2, 0, 12, 0, 1];
        DnsQuestions.AskFor(Query(first, second), Names).ShouldBeTrue();
    }

    [TestCase(new byte[] { 0xC0, 12, 0, 12, 0, 1 }, Description = "it points to itself")]
    [TestCase(new byte[] { 0xC0, 200, 0, 12, 0, 1 }, Description = "it points beyond the end")]
    [TestCase(new byte[] { 0xC0 })]
    [TestCase(new byte[] { 63, 1, 2 })]
    [TestCase(new byte[] { 64, 1, 2 })]
    [TestCase(new byte[] { 1 })]
    [TestCase(new byte[0])]
    public void Malformed_questions_are_none(byte[] question) => DnsQuestions.AskFor(Query(question), Names).ShouldBeFalse();

    [Test]
    public void Anything_at_all_is_read_without_an_exception()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var message = new byte[random.Next(80)];
            random.NextBytes(message);
            if (message.Length > 2)
            {
                message[2] = 0;
            }

            DnsQuestions.AskFor(message, Names);
        }
    }

    [Test]
    public void An_answer_is_no_question()
    {
        var message = Query(Question("_hanatsbridge._tcp.local", 12));
        message[2] = 0x84;
        DnsQuestions.AskFor(message, Names).ShouldBeFalse();
    }

    [Test]
    public void The_records_have_what_home_assistant_needs_and_names_of_one_label()
    {
        var listen = new HostPort("0.0.0.0", 8129);
        var service = new Service("k3v9x2qa", "a machine.of.mine", listen, isTls: true);
        var text = Encoding.Latin1.GetString(service.Records(IPAddress.Parse("192.0.2.7"), isGoodbye: false));
        foreach (var part in (string[])["bridge_id=k3v9x2qa", "schema=1", "version=", "name=amachine", "scheme=https"])
        {
            text.ShouldContain(part);
        }

        text.ShouldContain("\x00\x04\xC0\x00\x02\x07");
        text.ShouldContain($"\x00\x00\x00\x00{(char)(8129 >> 8)}{(char)(8129 & 255)}");
        service.Names.ShouldContain("HaNatsBridge k3v9x2qa amachine._hanatsbridge._tcp.local");
    }

    private static byte[] Query(params byte[][] questions) =>
        [0, 0, 0, 0, 0, (byte)questions.Length, 0, 0, 0, 0, 0, 0, .. questions.SelectMany(one => one)];

    private static byte[] Question(string name, int type) =>
        [.. name.Split('.').SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.UTF8.GetBytes(label)]), 0, 0, (byte)type, 0, 1];
}
