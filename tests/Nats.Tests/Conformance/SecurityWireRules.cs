using System.Buffers.Text;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using NATS.Jwt;
using NATS.NKeys;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>docs.nats.io, "Security", and ADR-40, "TLS": what of a secret leaves the client, and when.</summary>
[CancelAfter(45_000)]
public sealed class SecurityWireRules
{
    private const string Nonce = "PXoWU7zWAMt75FY";

    [Test]
    [Rule("Security", "Authenticating with an NKey")]
    public async Task An_nkey_is_proven_by_the_signed_nonce_and_its_seed_stays_at_home(CancellationToken token)
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        var (connect, text) = await ConnectAsync(new NatsAuthOpts { NKey = pair.GetPublicKey(), Seed = pair.GetSeed() });
        connect["nkey"]!.GetValue<string>().ShouldBe(pair.GetPublicKey());
        Verify(pair, connect).ShouldBeTrue();
        connect.ContainsKey("jwt").ShouldBeFalse();
        text.ShouldNotContain(pair.GetSeed());
    }

    [Test]
    [Rule("Security", "Authenticating with a Credentials File")]
    public async Task A_token_is_sent_with_the_signed_nonce_and_without_the_key_that_it_names_already(CancellationToken token)
    {
        var (pair, jwt) = Issue();
        var (connect, text) = await ConnectAsync(new NatsAuthOpts { Jwt = jwt, Seed = pair.GetSeed() });
        connect["jwt"]!.GetValue<string>().ShouldBe(jwt);
        Verify(pair, connect).ShouldBeTrue();
        connect.ContainsKey("nkey").ShouldBeFalse();
        text.ShouldNotContain(pair.GetSeed());
    }

    [Test]
    [Rule("Security", "Authenticating with a Credentials File")]
    public async Task A_token_of_a_bearer_is_sent_alone(CancellationToken token)
    {
        var (_, jwt) = Issue();
        var (connect, _) = await ConnectAsync(new NatsAuthOpts { Jwt = jwt });
        (connect["jwt"]!.GetValue<string>(), connect.ContainsKey("sig")).ShouldBe((jwt, false));
    }

    [TestCase("\n", "")]
    [TestCase("\r\n", "  ")]
    [Rule("Security", "Authenticating with a Credentials File")]
    public void A_credentials_file_is_read_whatever_stands_between_its_blocks_and_however_its_lines_end(string lineEnd, string indent)
    {
        var (pair, jwt) = Issue();
        var text = $"# made by hand\n\n{NatsJwt.FormatUserConfig(jwt, pair.GetSeed())}\nmore".ReplaceLineEndings(lineEnd + indent);
        CredentialsFile.Parse(text, "x").ShouldBe((jwt, pair.GetSeed()));
        CredentialsFile.ParseSeed(text, "x").ShouldBe(pair.GetSeed());
        CredentialsFile.ParseSeed($"# a comment\n{pair.GetSeed()}\n", "x").ShouldBe(pair.GetSeed());
    }

    [TestCase("")]
    [TestCase("-----BEGIN NATS USER JWT-----\nSECRET\n------END NATS USER JWT------\n")]
    [TestCase("-----BEGIN USER NKEY SEED-----\nSECRET\n------END USER NKEY SEED------\n")]
    [TestCase("-----BEGIN NATS USER JWT-----\n------END NATS USER JWT------\n-----BEGIN USER NKEY SEED-----\nSECRET\n------END USER NKEY SEED------\n")]
    [Rule("Security", "Authenticating with a Credentials File")]
    public void A_credentials_file_without_one_of_its_blocks_is_an_error_that_names_the_file_and_tells_nothing_of_it(string text)
    {
        var error = Should.Throw<NatsException>(() => CredentialsFile.Parse(text, "/etc/hall.creds"));
        error.Message.ShouldContain("/etc/hall.creds");
        error.Message.ShouldNotContain("SECRET");
    }

    [Test]
    [Rule("Security", "Authenticating with a Credentials File")]
    public async Task A_credentials_file_is_read_again_for_each_connection(CancellationToken token)
    {
        var file = Path.GetTempFileName();
        try
        {
            var (first, second) = (Issue(), Issue());
            await File.WriteAllTextAsync(file, NatsJwt.FormatUserConfig(first.Jwt, first.Pair.GetSeed()), token);
            await using var server = new WireServer($"{WireServer.Info},\"nonce\":\"{Nonce}\"");
            await using var nats = server.Client(x => x with { AuthOpts = new NatsAuthOpts { CredsFile = file } });
            await nats.ConnectAsync();
            server.Connect["jwt"]!.GetValue<string>().ShouldBe(first.Jwt);
            await File.WriteAllTextAsync(file, NatsJwt.FormatUserConfig(second.Jwt, second.Pair.GetSeed()), token);
            await nats.ReconnectAsync();
            server.Connect["jwt"]!.GetValue<string>().ShouldBe(second.Jwt);
            Verify(second.Pair, server.Connect).ShouldBeTrue();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    [Rule("Security", "Connecting with a User/Password in the URL")]
    public async Task What_the_options_say_of_a_user_goes_before_what_the_URL_says(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client(x => x with { Url = $"nats://ann:one@127.0.0.1:{server.Port}", AuthOpts = new NatsAuthOpts { Username = "bob", Password = "two" } });
        await nats.ConnectAsync();
        (server.Connect["user"]!.GetValue<string>(), server.Connect["pass"]!.GetValue<string>()).ShouldBe(("bob", "two"));
    }

    [TestCase("\"tls_required\":true", TlsMode.Auto)]
    [TestCase("\"tls_available\":true", TlsMode.Auto)]
    [TestCase("\"tls_available\":true", TlsMode.Require)]
    [Rule("ADR-40", "Standard NATS TLS (Explicit TLS)")]
    public async Task Where_INFO_asks_for_TLS_or_offers_it_CONNECT_is_sent_only_behind_the_handshake(string tls, TlsMode mode, CancellationToken token)
    {
        var (plain, connect) = await ConnectOverTlsAsync($"INFO {{{WireServer.Info},{tls}}}\r\n", mode, token);
        plain[0].ShouldBe((byte)0x16, "the handshake");
        connect["tls_required"]!.GetValue<bool>().ShouldBeTrue();
        connect["pass"]!.GetValue<string>().ShouldBe("s3cret");
    }

    [Test]
    [Rule("ADR-40", "TLS First (Implicit TLS)")]
    public async Task With_TLS_first_the_client_begins_the_handshake_before_any_INFO(CancellationToken token)
    {
        var (plain, connect) = await ConnectOverTlsAsync(string.Empty, TlsMode.Implicit, token);
        plain[0].ShouldBe((byte)0x16, "the handshake");
        connect["tls_required"]!.GetValue<bool>().ShouldBeTrue();
    }

    /// <summary>Connects to a server that speaks TLS; gives what the client sent first, and its CONNECT.</summary>
    private static async Task<(byte[] Plain, JsonObject Connect)> ConnectOverTlsAsync(string info, TlsMode mode, CancellationToken token)
    {
        using var certificates = new TestCertificates();
        using var pem = X509Certificate2.CreateFromPemFile(certificates.ServerCertFile, certificates.ServerKeyFile);
        using var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
        var first = new byte[1];
        var connect = new TaskCompletionSource<string>();
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.SendAsync(stream, info, stop);
            await stream.Socket.ReceiveAsync(first, System.Net.Sockets.SocketFlags.Peek, stop);
            await using var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
            if (info.Length == 0)
            {
                await secure.WriteAsync(Encoding.ASCII.GetBytes($"INFO {{{WireServer.Info}}}\r\n"), stop);
            }

            using var lines = new StreamReader(secure);
            connect.TrySetResult(await lines.ReadLineAsync(stop) ?? string.Empty);
            await lines.ReadLineAsync(stop);
            await secure.WriteAsync("PONG\r\n"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(new NatsOpts
        {
            Url = server.Url,
            ConnectTimeout = CoreTest.Patience,
            CommandTimeout = TimeSpan.FromMilliseconds(50),
            AuthOpts = new NatsAuthOpts { Username = "ann", Password = "s3cret" },
            TlsOpts = new NatsTlsOpts { CaFile = certificates.CaFile, Mode = mode },
        });
        await nats.ConnectAsync().AsTask().WaitAsync(token);
        return (first, JsonNode.Parse((await connect.Task)["CONNECT ".Length..])!.AsObject());
    }

    private static async Task<(JsonObject Connect, string Text)> ConnectAsync(NatsAuthOpts auth)
    {
        await using var server = new WireServer($"{WireServer.Info},\"nonce\":\"{Nonce}\"");
        await using var nats = server.Client(x => x with { AuthOpts = auth });
        await nats.ConnectAsync();
        return (server.Connect, server.Received);
    }

    private static bool Verify(KeyPair pair, JsonObject connect) =>
        pair.Verify(Encoding.ASCII.GetBytes(Nonce), Base64Url.DecodeFromChars(connect["sig"]!.GetValue<string>()));

    private static (KeyPair Pair, string Jwt) Issue()
    {
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        var user = KeyPair.CreatePair(PrefixByte.User);
        return (user, NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(user.GetPublicKey()), account));
    }
}
