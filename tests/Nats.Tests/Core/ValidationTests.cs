using NATS.Client.Core;
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
}
