using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The client protocol, -ERR: which errors end a connection and which do not.</summary>
[CancelAfter(45_000)]
public sealed class ClientProtocolErrorRules
{
    private static readonly string[] Ending =
    [
        "Unknown Protocol Operation", "Attempted To Connect To Route Port", "Authorization Timeout", "Invalid Client Protocol", "Maximum Control Line Exceeded", "Parser Error",
        "Secure Connection - TLS Required", "Stale Connection", "Maximum Connections Exceeded", "Slow Consumer", "Maximum Payload Violation",
    ];

    private static readonly string[] Open =
    [
        "Invalid Subject", "Invalid Publish Subject", "Permissions Violation for Subscription to \"a.b\"", "Permissions Violation for Publish to \"a.b\"", "Maximum Subscriptions Exceeded",
    ];

    [TestCaseSource(nameof(Ending))]
    [Rule("Client Protocol", "+OK/ERR")]
    public async Task An_error_that_ends_the_connection_is_the_reason_that_is_told_and_the_client_comes_back(string error, CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var lost = new TaskCompletionSource<string>();
        nats.ConnectionDisconnected += (_, args) =>
        {
            lost.TrySetResult(args.Message);
            return ValueTask.CompletedTask;
        };
        await nats.ConnectAsync();
        await server.SayLastAsync($"-ERR '{error}'\r\n", token);
        (await lost.Task.WaitAsync(CoreTest.Patience, token)).ShouldContain(error, Case.Insensitive);
        await Eventually.TrueAsync(() => server.Connections == 2 && nats.ConnectionState == NatsConnectionState.Open, "connected again");
    }

    [TestCaseSource(nameof(Open))]
    [Rule("Client Protocol", "+OK/ERR")]
    public async Task An_error_that_leaves_the_connection_open_is_told_and_closes_nothing(string error, CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var told = new TaskCompletionSource<string>();
        var lost = new TaskCompletionSource<string>();
        nats.ServerError += (_, args) =>
        {
            told.TrySetResult(args.Error);
            return ValueTask.CompletedTask;
        };
        nats.ConnectionDisconnected += (_, args) =>
        {
            lost.TrySetResult(args.Message);
            return ValueTask.CompletedTask;
        };
        await using var other = await nats.SubscribeCoreAsync<string>("c", cancellationToken: token);
        await nats.PingAsync(token);
        await server.SayAsync($"-ERR '{error}'\r\nMSG c 1 2\r\nok\r\n", token);
        (await told.Task.WaitAsync(CoreTest.Patience, token)).ShouldBe(error);
        (await other.Msgs.ReadAsync(token)).Data.ShouldBe("ok");
        await nats.PingAsync(token);
        (server.Connections, nats.ConnectionState).ShouldBe((1, NatsConnectionState.Open));
        server.HangUp();
        (await lost.Task.WaitAsync(CoreTest.Patience, token)).ShouldNotContain(error, Case.Insensitive, "it is not why the connection ended later");
    }

    [Test]
    [Rule("Client Protocol", "+OK/ERR")]
    public async Task An_error_before_the_connection_is_accepted_fails_the_connect_with_the_servers_words(CancellationToken token)
    {
        await using var server = new WireServer(beforePong: static _ => "-ERR 'Authorization Violation'\r\n");
        await using var nats = server.Client();
        var error = await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask());
        error.InnerException.ShouldBeOfType<NatsServerException>().ShouldSatisfyAllConditions(
            static x => x.IsAuthError.ShouldBeTrue(),
            static x => x.Error.ShouldBe("authorization violation"));
    }

    [TestCase("Authorization Violation", NatsServerErrorKind.AuthorizationViolation)]
    [TestCase("User Authentication Expired", NatsServerErrorKind.AuthenticationExpired)]
    [TestCase("User Authentication Revoked", NatsServerErrorKind.AuthenticationRevoked)]
    [TestCase("Account Authentication Expired", NatsServerErrorKind.AccountAuthenticationExpired)]
    [TestCase("Permissions Violation for Publish to \"x\"", NatsServerErrorKind.PermissionsViolation)]
    [TestCase("Stale Connection", NatsServerErrorKind.StaleConnection)]
    [TestCase("maximum connections exceeded", NatsServerErrorKind.MaximumConnectionsExceeded)]
    [TestCase("Connection throttling is active. Please try again later.", NatsServerErrorKind.MaximumConnectionsExceeded)]
    [TestCase("maximum account active connections exceeded", NatsServerErrorKind.MaximumAccountConnectionsExceeded)]
    [TestCase("maximum subscriptions exceeded", NatsServerErrorKind.MaximumSubscriptionsExceeded)]
    [TestCase("something new", NatsServerErrorKind.Unknown)]
    [Rule("ADR-40", "Error Handling")]
    public void Errors_are_told_by_kind_whatever_follows_the_words(string error, NatsServerErrorKind kind)
    {
        new NatsServerErrorEventArgs(error).Kind.ShouldBe(kind);
        new NatsServerErrorEventArgs(error.ToUpperInvariant()).Kind.ShouldBe(kind);
    }
}
