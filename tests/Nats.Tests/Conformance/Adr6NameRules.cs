using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// ADR-6: names that break a rule are refused before anything is sent. Of subjects the document leaves those outside ASCII to the client: they are taken. A queue group may have dots, which the
/// document's grammar has not, because the documentation of queue permissions ("v1.>") lives on them.
/// </summary>
[CancelAfter(45_000)]
public sealed class Adr6NameRules
{
    /// <summary>Nobody listens there: what is refused is refused without a server.</summary>
    private static readonly NatsOpts Nowhere = new() { Url = "nats://127.0.0.1:1" };

    [TestCase("", "empty")]
    [TestCase("a b", "white space")]
    [TestCase("a\tb", "white space")]
    [TestCase("a\r\nPUB x 0\r\n\r\n", "line break")]
    [TestCase("a\0b", "control character")]
    [TestCase("a\u007fb", "control character")]
    [TestCase("a..b", "empty token")]
    [TestCase(".a", "empty token")]
    [TestCase("a.", "empty token")]
    [TestCase("a.*", "wildcard")]
    [TestCase("a.>", "wildcard")]
    [TestCase("a*b", "wildcard")]
    [Rule("ADR-6", "Specification")]
    public async Task A_subject_that_cannot_be_published_is_an_argument_error_that_says_why(string subject, string why, CancellationToken token)
    {
        await using var nats = new NatsConnection(Nowhere);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.PublishAsync(subject, 1, cancellationToken: token))).Message.ShouldContain(why);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.RequestAsync<int, int>(subject, 1, cancellationToken: token))).Message.ShouldContain(why);
    }

    [TestCase("", "empty")]
    [TestCase("a b", "white space")]
    [TestCase("a.>.b", "not its last")]
    [TestCase("a.b>", "own")]
    [TestCase("a*", "own")]
    [TestCase("f*o.b*r", "own")]
    [TestCase("foo.", "empty token")]
    [Rule("ADR-6", "Specification")]
    public async Task A_wildcard_is_a_token_of_its_own_and_the_full_one_the_last(string subject, string why, CancellationToken token)
    {
        await using var nats = new NatsConnection(Nowhere);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.SubscribeCoreAsync<int>(subject, cancellationToken: token))).Message.ShouldContain(why);
    }

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a\r\nb")]
    [TestCase("a..b")]
    [TestCase("a.*")]
    [TestCase("a.>")]
    [Rule("ADR-6", "Specification")]
    public async Task A_reply_subject_has_neither_wildcards_nor_white_space_nor_empty_tokens(string replyTo, CancellationToken token)
    {
        await using var nats = new NatsConnection(Nowhere);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.PublishAsync("a", 1, replyTo: replyTo, cancellationToken: token))).Message.ShouldContain("reply subject");
    }

    [TestCase("")]
    [TestCase("q q")]
    [TestCase("q\tq")]
    [TestCase("q*")]
    [TestCase(">")]
    [Rule("ADR-6", "Specification")]
    public async Task A_queue_group_has_neither_white_space_nor_wildcards(string queueGroup, CancellationToken token)
    {
        await using var nats = new NatsConnection(Nowhere);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.SubscribeCoreAsync<int>("a", queueGroup, cancellationToken: token))).Message.ShouldContain("queue group");
    }

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a.")]
    [TestCase("a.*")]
    [TestCase("a.>")]
    [Rule("ADR-6", "Specification")]
    public void A_prefix_of_inboxes_is_a_subject_without_wildcards(string prefix) =>
        Should.Throw<ArgumentException>(() => new NatsConnection(Nowhere with { InboxPrefix = prefix })).Message.ShouldContain("inbox prefix");

    [Test]
    [Rule("ADR-6", "Specification")]
    public async Task Inboxes_lie_below_their_prefix_and_no_two_are_the_same(CancellationToken token)
    {
        await using var one = new NatsConnection(Nowhere with { InboxPrefix = "_INBOX.light.hall" });
        await using var two = new NatsConnection(Nowhere with { InboxPrefix = "_INBOX.light.hall" });
        string[] inboxes = [one.NewInbox(), one.NewInbox(), two.NewInbox()];
        inboxes.ShouldAllBe(static x => x.StartsWith("_INBOX.light.hall.", StringComparison.Ordinal));
        inboxes.ShouldBeUnique();
    }

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a.b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a\r\nb")]
    [TestCase("tür")]
    [Rule("ADR-6", "Specification")]
    public async Task The_name_of_a_stream_or_consumer_is_one_token_of_printable_ASCII(string name, CancellationToken token)
    {
        await using var nats = new NatsConnection(Nowhere);
        var js = new NatsJSContext(nats);
        await Should.ThrowAsync<ArgumentException>(async () => await js.CreateStreamAsync(new StreamConfig(name, ["a"]), token));
        await Should.ThrowAsync<ArgumentException>(async () => await js.GetStreamAsync(name, cancellationToken: token));
        await Should.ThrowAsync<ArgumentException>(async () => await js.GetConsumerAsync("S", name, token));
        await Should.ThrowAsync<ArgumentException>(async () => await js.DeleteConsumerAsync("S", name, token));
    }
}
