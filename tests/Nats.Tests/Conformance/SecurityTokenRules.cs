using System.Collections.Concurrent;
using System.Globalization;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Jwt;
using NATS.Jwt.Models;
using NATS.NKeys;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Every way to say who one is (docs.nats.io, "Authentication"), and what happens when it is not believed.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class SecurityTokenRules(NatsServerVersion version)
{
    private static readonly NatsOpts Fast = new() { ConnectTimeout = CoreTest.Patience, ReconnectWaitMin = TimeSpan.FromMilliseconds(10), ReconnectWaitMax = TimeSpan.FromMilliseconds(20) };

    [Test]
    [Rule("Security", "Authenticating with a User and Password")]
    public async Task User_and_password_are_taken_from_the_options_or_the_url(CancellationToken token)
    {
        await using var server = await StartAsync("authorization { user: \"ann\", password: \"s3:cr/t\" }", token);
        await ShouldConnectAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Username = "ann", Password = "s3:cr/t" } }, token);
        await ShouldConnectAsync(Fast with { Url = $"nats://ann:s3%3Acr%2Ft@127.0.0.1:{server.Port}" }, token);
        var error = await ShouldBeRefusedAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Username = "ann", Password = "wrong" } });
        error.IsAuthError.ShouldBeTrue();
        await ShouldBeRefusedAsync(Fast with { Url = server.Url });
    }

    [Test]
    [Rule("Security", "Authenticating with a Token")]
    public async Task A_token_is_taken_from_the_options_or_the_url(CancellationToken token)
    {
        await using var server = await StartAsync("authorization { token: \"t0ken\" }", token);
        await ShouldConnectAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Token = "t0ken" } }, token);
        await ShouldConnectAsync(Fast with { Url = $"nats://t0ken@127.0.0.1:{server.Port}" }, token);
        await ShouldBeRefusedAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Token = "other" } });
    }

    [Test]
    [Rule("Security", "Authenticating with an NKey")]
    public async Task An_nkey_signs_the_servers_nonce(CancellationToken token)
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        using var stranger = KeyPair.CreatePair(PrefixByte.User);
        await using var server = await StartAsync($"authorization {{ users: [ {{ nkey: {pair.GetPublicKey()} }} ] }}", token);
        await ShouldConnectAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { NKey = pair.GetPublicKey(), Seed = pair.GetSeed() } }, token);
        var file = Path.Combine(server.Directory, "user.nk");
        await File.WriteAllTextAsync(file, pair.GetSeed() + "\n", token);
        await ShouldConnectAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { NKeyFile = file } }, token);
        await ShouldBeRefusedAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Seed = stranger.GetSeed() } });
    }

    [Test]
    [Rule("Security", "Authenticating with a Credentials File")]
    public async Task A_user_that_we_issued_connects_by_jwt_by_creds_file_and_by_callback_and_may_do_only_what_it_may(CancellationToken token)
    {
        using var tenant = new Tenant();
        await using var server = await StartAsync(tenant.ServerConfig, token);
        var (jwt, seed) = tenant.Issue(user => user.Pub = new NatsPermission { Allow = ["home.devices.light.hall.>"] });
        var byJwt = Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Jwt = jwt, Seed = seed } };
        await ShouldConnectAsync(byJwt, token);
        var file = Path.Combine(server.Directory, "hall.creds");
        await File.WriteAllTextAsync(file, NatsJwt.FormatUserConfig(jwt, seed), token);
        await ShouldConnectAsync(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { CredsFile = file } }, token);
        await ShouldConnectAsync(
            Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { AuthCredCallback = (_, _) => ValueTask.FromResult(NatsAuthCred.FromJwt(jwt, seed)) } }, token);

        await using var nats = new NatsConnection(byJwt);
        var errors = new ConcurrentQueue<NatsServerErrorEventArgs>();
        nats.ServerError += (_, args) =>
        {
            errors.Enqueue(args);
            return ValueTask.CompletedTask;
        };
        await nats.PublishAsync("home.devices.light.cave.state", 1, cancellationToken: token);
        await Eventually.TrueAsync(() => !errors.IsEmpty, "the server objects");
        errors.First().Kind.ShouldBe(NatsServerErrorKind.PermissionsViolation);
        await nats.PublishAsync("home.devices.light.hall.state", 1, cancellationToken: token);
        await nats.PingAsync(token);
        nats.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    /// <summary>Whoever holds such a key can make devices, and none with more rights than the template's.</summary>
    [Test]
    [Rule("ADR-14", "Context and Problem Statement")]
    public async Task A_user_of_a_scoped_signing_key_has_the_templates_rights_and_no_others(CancellationToken token)
    {
        using var tenant = new Tenant();
        await using var server = await StartAsync(tenant.ServerConfig, token);
        await using var observer = new NatsConnection(Fast with { Url = server.Url, AuthOpts = Login(tenant.Issue(static _ => { })) });
        await using var seen = await observer.SubscribeCoreAsync<int>("home.devices.>", cancellationToken: token);
        await observer.PingAsync(token);

        await using var device = new NatsConnection(Fast with { Url = server.Url, AuthOpts = Login(tenant.IssueScoped(static _ => { })) });
        await device.PublishAsync("home.devices.light.cave.state", 1, cancellationToken: token);
        await device.PublishAsync("home.devices.light.hall.state", 2, cancellationToken: token);
        var msg = await seen.Msgs.ReadAsync(token);
        (msg.Subject, msg.Data).ShouldBe(("home.devices.light.hall.state", 2));

        var greedy = Login(tenant.IssueScoped(static user => user.Pub = new NatsPermission { Allow = [">"] }));
        await ShouldBeRefusedAsync(Fast with { Url = server.Url, AuthOpts = greedy });

        static NatsAuthOpts Login((string Jwt, string Seed) user) => new() { Jwt = user.Jwt, Seed = user.Seed };
    }

    [Test]
    [Rule("ADR-40", "Permissions Violation")]
    public async Task A_denied_subscription_and_a_denied_request_fail_with_the_servers_words_and_nothing_else_does(CancellationToken token)
    {
        await using var server = await StartAsync(
            "authorization { users: [ { user: u, password: p, permissions: { publish: [\"ok\", \"_INBOX.>\"], subscribe: [\"ok\", \"_INBOX.>\"] } } ] }", token);
        await using var nats = new NatsConnection(Fast with { Url = server.Url, AuthOpts = new NatsAuthOpts { Username = "u", Password = "p" } });
        await using var good = await nats.SubscribeCoreAsync<int>("ok", cancellationToken: token);
        var bad = await nats.SubscribeCoreAsync<int>("secret", cancellationToken: token);
        (await bad.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        (await Should.ThrowAsync<NatsServerException>(async () => await bad.DisposeAsync())).Message.ShouldContain("secret");
        await Should.ThrowAsync<NatsServerException>(nats.RequestAsync<int, int>("forbidden", 1, cancellationToken: token).AsTask());
        await nats.PublishAsync("ok", 5, cancellationToken: token);
        (await good.Msgs.ReadAsync(token)).Data.ShouldBe(5);
    }

    [Test]
    [Rule("ADR-40", "User Authentication Expired")]
    public async Task An_expired_user_is_told_so_and_comes_back_with_renewed_credentials(CancellationToken token)
    {
        using var tenant = new Tenant();
        await using var server = await StartAsync(tenant.ServerConfig, token);
        var opened = 0;
        await using var nats = new NatsConnection(Fast with
        {
            Url = server.Url,
            AuthOpts = new NatsAuthOpts
            {
                AuthCredCallback = (_, _) =>
                {
                    var (jwt, seed) = tenant.Issue(_ => { }, Volatile.Read(ref opened) == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromMinutes(1));
                    return ValueTask.FromResult(NatsAuthCred.FromJwt(jwt, seed));
                },
            },
        });
        var lost = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        nats.ConnectionDisconnected += (_, args) =>
        {
            lost.TrySetResult(args.Message);
            return ValueTask.CompletedTask;
        };

        // On a machine that stands still the first ones may be over before they are shown.
        await CoreTest.UntilItAnswersAsync(nats, token);
        Volatile.Write(ref opened, 1);
        (await lost.Task.WaitAsync(token)).ShouldContain("User Authentication Expired");
        await nats.PingAsync(token);
    }

    [TestCase(false)]
    [TestCase(true)]
    [Rule("ADR-40", "Authorization Violation")]
    public async Task The_same_refusal_twice_ends_the_connection_unless_told_to_go_on(bool goOn, CancellationToken token)
    {
        await using var server = await StartAsync("authorization { user: a, password: b }", token);
        await using var nats = new NatsConnection(Fast with { Url = server.Url, IgnoreAuthErrorAbort = goOn, AuthOpts = new NatsAuthOpts { Username = "a", Password = "b" } });
        var refused = 0;
        nats.ReconnectFailed += (_, _) =>
        {
            Interlocked.Increment(ref refused);
            return ValueTask.CompletedTask;
        };
        await nats.ConnectAsync();
        await server.KillAsync();
        await server.WriteConfigAsync("authorization { user: a, password: changed }", token);
        await server.StartAsync(token);
        if (!goOn)
        {
            await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Failed, "given up");
            return;
        }

        var before = Volatile.Read(ref refused);
        await Eventually.TrueAsync(() => Volatile.Read(ref refused) > before + 3, "tried again after more refusals than end a connection otherwise");
        nats.ConnectionState.ShouldBe(NatsConnectionState.Reconnecting);
        await server.KillAsync();
        await server.WriteConfigAsync("authorization { user: a, password: b }", token);
        await server.StartAsync(token);
        await nats.PingAsync(token);
    }

    private static async Task ShouldConnectAsync(NatsOpts opts, CancellationToken token)
    {
        await using var nats = new NatsConnection(opts);
        await nats.PingAsync(token);
    }

    private static async Task<NatsServerException> ShouldBeRefusedAsync(NatsOpts opts)
    {
        await using var nats = new NatsConnection(opts);
        var error = await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask());
        return error.InnerException.ShouldBeOfType<NatsServerException>();
    }

    private Task<NatsServerProcess> StartAsync(string config, CancellationToken token) =>
        NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, Config = config }, token);

    /// <summary>An operator, an account and the server configuration that knows them.</summary>
    private sealed class Tenant : IDisposable
    {
        private readonly KeyPair _operator = KeyPair.CreatePair(PrefixByte.Operator);
        private readonly KeyPair _account = KeyPair.CreatePair(PrefixByte.Account);
        private readonly KeyPair _scoped = KeyPair.CreatePair(PrefixByte.Account);

        public string ServerConfig
        {
            get
            {
                var op = NatsJwt.NewOperatorClaims(_operator.GetPublicKey());
                op.Name = "op";
                var account = NatsJwt.NewAccountClaims(_account.GetPublicKey());
                account.Name = "home";
                var template = new NatsUser { Pub = new NatsPermission { Allow = ["home.devices.light.{{name()}}.>"] } };
                account.Account.SigningKeys = [new NatsAccountScopedSigningKey { Key = _scoped.GetPublicKey(), Role = "devices", Template = template }];
                NatsJwt.DecodeAccountClaims(NatsJwt.EncodeAccountClaims(account, _operator)).Account.SigningKeys!.Single().ShouldBeOfType<NatsAccountScopedSigningKey>()
                    .Template.Pub.Allow.ShouldBe(template.Pub.Allow, "scopes survive");
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"operator: {NatsJwt.EncodeOperatorClaims(op, _operator)}\nresolver: MEMORY\nresolver_preload: {{ {_account.GetPublicKey()}: {NatsJwt.EncodeAccountClaims(account, _operator)} }}");
            }
        }

        public (string Jwt, string Seed) Issue(Action<NatsUser> configure, TimeSpan? lifetime = null)
        {
            using var user = KeyPair.CreatePair(PrefixByte.User);
            var claims = NatsJwt.NewUserClaims(user.GetPublicKey());
            claims.Name = "hall";
            claims.Expires = lifetime is { } time ? DateTimeOffset.UtcNow + time : null;
            configure(claims.User);
            return (NatsJwt.EncodeUserClaims(claims, _account), user.GetSeed());
        }

        /// <summary>A user without rights of its own, signed by the scoped key.</summary>
        public (string Jwt, string Seed) IssueScoped(Action<NatsUser> configure)
        {
            using var user = KeyPair.CreatePair(PrefixByte.User);
            var claims = NatsJwt.NewUserClaims(user.GetPublicKey());
            claims.Name = "hall";
            claims.User.IssuerAccount = _account.GetPublicKey();
            claims.User.Subs = claims.User.Data = claims.User.Payload = 0;
            configure(claims.User);
            return (NatsJwt.EncodeUserClaims(claims, _scoped), user.GetSeed());
        }

        public void Dispose()
        {
            _scoped.Dispose();
            _operator.Dispose();
            _account.Dispose();
        }
    }
}
