using System.Text.Json.Nodes;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The client protocol, INFO and CONNECT: byte by byte with a server that only listens.</summary>
[CancelAfter(45_000)]
public sealed class ClientProtocolConnectRules
{
    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task A_client_says_nothing_before_the_INFO_has_come(CancellationToken token)
    {
        var greet = new TaskCompletionSource();
        var early = false;
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await greet.Task.WaitAsync(stop);
            early = stream.DataAvailable;
            await ScriptedServer.GreetAsync(stream, stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url, ConnectTimeout = CoreTest.Patience, CommandTimeout = TimeSpan.FromMilliseconds(50) });
        var connecting = nats.ConnectAsync().AsTask();
        await Eventually.TrueAsync(() => server.Connections == 1, "the client is there");
        greet.SetResult();
        await connecting.WaitAsync(token);
        early.ShouldBeFalse();
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_is_the_first_line_and_a_PING_behind_it_asks_whether_it_was_accepted(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await nats.ConnectAsync();
        server.Received.ShouldStartWith("CONNECT {");
        server.Received.ShouldEndWith("}\r\nPING\r\n");
        server.Received.Split("\r\n").Length.ShouldBe(3);
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_names_language_version_and_the_client_itself(CancellationToken token)
    {
        var connect = await ConnectAsync(static x => x with { Name = "kitchen" });
        Text(connect, "lang").ShouldBe(".NET");
        Text(connect, "version").ShouldMatch(@"^\d+\.\d+\.\d+");
        Text(connect, "name").ShouldBe("kitchen");
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_offers_protocol_1_so_that_INFO_may_come_at_any_time(CancellationToken token) =>
        (await ConnectAsync())["protocol"]!.GetValue<int>().ShouldBe(1);

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_asks_neither_for_acknowledgements_nor_for_pedantry_unless_told_to(CancellationToken token)
    {
        var connect = await ConnectAsync();
        Flag(connect, "verbose").ShouldBeFalse();
        Flag(connect, "pedantic").ShouldBeFalse();
        Flag(await ConnectAsync(static x => x with { Verbose = true }), "verbose").ShouldBeTrue();
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_says_whether_the_connection_hears_itself(CancellationToken token)
    {
        Flag(await ConnectAsync(), "echo").ShouldBeTrue();
        Flag(await ConnectAsync(static x => x with { Echo = false }), "echo").ShouldBeFalse();
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task A_server_that_cannot_keep_echoes_back_is_refused_when_they_are_not_wanted(CancellationToken token)
    {
        await using var server = new WireServer("\"server_id\":\"OLD\",\"proto\":0,\"max_payload\":1024");
        await using var nats = server.Client(static x => x with { Echo = false });
        (await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask())).Message.ShouldContain("Echo");
        await using var hearing = server.Client();
        await hearing.PingAsync(token);
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_holds_no_credentials_when_there_are_none(CancellationToken token)
    {
        var connect = await ConnectAsync();
        ((string[])["user", "pass", "auth_token", "jwt", "nkey", "sig"]).Where(connect.ContainsKey).ShouldBeEmpty();
        Flag(connect, "tls_required").ShouldBeFalse();
    }

    [Test]
    [Rule("Client Protocol", "CONNECT")]
    public async Task CONNECT_carries_user_and_password_or_a_token_as_they_were_given(CancellationToken token)
    {
        var user = await ConnectAsync(static x => x with { AuthOpts = new NatsAuthOpts { Username = "ann", Password = "ä \"quoted\" one" } });
        (Text(user, "user"), Text(user, "pass"), user.ContainsKey("auth_token")).ShouldBe(("ann", "ä \"quoted\" one", false));
        var bearer = await ConnectAsync(static x => x with { AuthOpts = new NatsAuthOpts { Token = "t0ken" } });
        (Text(bearer, "auth_token"), bearer.ContainsKey("user")).ShouldBe(("t0ken", false));
    }

    [Test]
    [Rule("Client Protocol", "INFO")]
    public async Task What_INFO_says_of_the_server_can_be_asked_and_what_it_says_beyond_is_ignored(CancellationToken token)
    {
        await using var server = new WireServer(
            "\"server_id\":\"ID\",\"server_name\":\"N\",\"version\":\"2.99.1\",\"go\":\"go1.99\",\"git_commit\":\"abc\",\"host\":\"0.0.0.0\",\"port\":4222,\"headers\":true,\"auth_required\":true,"
            + "\"tls_verify\":false,\"max_payload\":4096,\"jetstream\":true,\"proto\":1,\"client_id\":18446744073709551615,\"client_ip\":\"127.0.0.1\",\"cluster\":\"C\",\"ldm\":false,"
            + "\"never\":{\"heard\":[\"of\",1,null]},\"api_lvl\":9");
        await using var nats = server.Client();
        await nats.ConnectAsync();
        var info = nats.ServerInfo!;
        (info.Id, info.Name, info.Version, info.GoVersion, info.Host, info.Port).ShouldBe(("ID", "N", "2.99.1", "go1.99", "0.0.0.0", 4222));
        (info.ProtocolVersion, info.MaxPayload, info.ClientId, info.ClientIp, info.Cluster).ShouldBe((1, 4096, ulong.MaxValue, "127.0.0.1", "C"));
        (info.HeadersSupported, info.AuthRequired, info.JetStreamAvailable).ShouldBe((true, true, true));
    }

    [Test]
    [Rule("Client Protocol", "INFO")]
    public async Task An_INFO_of_an_open_connection_is_taken_up(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        await nats.ConnectAsync();
        await server.SayAsync("INFO {\"server_id\":\"WIRE\",\"max_payload\":77,\"headers\":true}\r\n", token);
        await Eventually.TrueAsync(() => nats.ServerInfo!.MaxPayload == 77, "the new limit is known");
        await Should.ThrowAsync<NatsPayloadTooLargeException>(async () => await nats.PublishAsync("a", new byte[78], cancellationToken: token));
        nats.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    [Test]
    [Rule("Client Protocol", "connect_urls")]
    public async Task Servers_of_which_INFO_tells_are_tried_when_the_connection_is_lost(CancellationToken token)
    {
        await using var second = new WireServer();
        await using var first = new WireServer(WireServer.Info + $",\"connect_urls\":[\"127.0.0.1:{second.Port}\",\"[::1]:1\"]");
        await using var nats = first.Client();
        await nats.ConnectAsync();
        first.HangUp();
        await Eventually.TrueAsync(() => second.Connections == 1 && nats.ConnectionState == NatsConnectionState.Open, "connected to the other server");
    }

    [Test]
    [Rule("Client Protocol", "INFO")]
    public async Task A_connection_that_does_not_begin_with_INFO_is_no_server(CancellationToken token)
    {
        await using var server = new ScriptedServer(static (_, stream, stop) => ScriptedServer.SendAsync(stream, "PING\r\n", stop));
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url, ConnectTimeout = CoreTest.Patience });
        (await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask())).InnerException.ShouldBeOfType<NatsProtocolViolationException>();
    }

    private static async Task<JsonObject> ConnectAsync(Func<NatsOpts, NatsOpts>? configure = null)
    {
        await using var server = new WireServer();
        await using var nats = server.Client(configure);
        await nats.ConnectAsync();
        return server.Connect;
    }

    private static string Text(JsonObject connect, string member) => connect[member]!.GetValue<string>();

    private static bool Flag(JsonObject connect, string member) => connect[member]!.GetValue<bool>();
}
