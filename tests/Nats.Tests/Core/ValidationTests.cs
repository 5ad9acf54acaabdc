using System.Text;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Options that cannot be used as they are. What makes a subject or name valid: Conformance/Adr6NameRules.</summary>
public sealed class ValidationTests
{
    [Test]
    public void An_option_that_cannot_be_used_is_an_argument_error()
    {
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "http://x" })).Message.ShouldContain("http");
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "" }));
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "nats://user:geheim@:x" })).Message.ShouldNotContain("geheim");
    }

    [Test]
    public void Options_with_secrets_do_not_print_them()
    {
        var text = new NatsOpts { AuthOpts = new NatsAuthOpts { Password = "geheim", Seed = "SUgeheim" } }.ToString();
        text.ShouldNotContain("geheim");
    }

    /// <summary>Unlooked at, a subject can break the protocol: once, not on every connection from then on.</summary>
    [Test]
    public void What_broke_the_protocol_is_not_kept_for_the_next_connection()
    {
        var buffer = "PUB a 1\r\n1\r\nPING\r\nHPUB b 12 13\r\nNATS/1.0\r\n\r\n2\r\nPUB broken\nsubject 1\r\n3\r\nPUB c 1\r\n4\r\n"u8.ToArray();
        var kept = CommandWalker.KeepPublishes(buffer, replies: null, out var publishes);
        Encoding.ASCII.GetString(buffer, 0, kept).ShouldBe("PUB a 1\r\n1\r\nHPUB b 12 13\r\nNATS/1.0\r\n\r\n2\r\n");
        publishes.ShouldBe(2);
    }
}
