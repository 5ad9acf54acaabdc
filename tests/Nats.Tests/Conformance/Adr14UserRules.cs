using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using NATS.Jwt;
using NATS.NKeys;
using NATS.NKeys.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// ADR-14: users of a scoped signing key. The function that the document proposes is not there by its name: claims are filled and encoded, as with the official library. That servers take such
/// a user is proven in <see cref="SecurityTokenRules"/>.
/// </summary>
public sealed class Adr14UserRules
{
    [Test]
    [Rule("ADR-14", "Design")]
    public void The_header_is_always_the_same() => Part(Issue().Jwt, 0).ShouldBe("""{"typ":"JWT","alg":"ed25519-nkey"}""");

    [Test]
    [Rule("ADR-14", "Design")]
    public void The_body_names_issuer_user_account_kind_and_version()
    {
        var (jwt, key, account, user) = Issue(static x => x.Name = "hall");
        var body = Body(jwt);
        body["iss"]!.GetValue<string>().ShouldBe(key);
        body["sub"]!.GetValue<string>().ShouldBe(user);
        body["name"]!.GetValue<string>().ShouldBe("hall");
        body["nats"]!["issuer_account"]!.GetValue<string>().ShouldBe(account);
        body["nats"]!["type"]!.GetValue<string>().ShouldBe("user");
        body["nats"]!["version"]!.GetValue<int>().ShouldBe(2);
    }

    [Test]
    [Rule("ADR-14", "Design")]
    public void Times_are_unix_seconds_and_without_an_expiration_there_is_none()
    {
        var body = Body(Issue(static x => x.Expires = DateTimeOffset.FromUnixTimeSeconds(1_632_077_055)).Jwt);
        body["exp"]!.GetValue<long>().ShouldBe(1_632_077_055);
        DateTimeOffset.FromUnixTimeSeconds(body["iat"]!.GetValue<long>()).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        Body(Issue().Jwt).ContainsKey("exp").ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-14", "Design")]
    public void Tags_are_there_when_there_are_some_and_left_out_otherwise()
    {
        Body(Issue(static x => x.User.Tags = ["one", "two"]).Jwt)["nats"]!["tags"]!.AsArray().Select(static x => x!.GetValue<string>()).ShouldBe(["one", "two"]);
        Body(Issue().Jwt)["nats"]!.AsObject().ContainsKey("tags").ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-14", "Design")]
    public void The_id_is_the_base32_of_the_SHA_256_of_the_body_with_an_empty_id()
    {
        var text = Part(Issue().Jwt, 1);
        var id = JsonNode.Parse(text)!["jti"]!.GetValue<string>();
        id.ShouldMatch("^[A-Z2-7]{52}$");
        id.ShouldBe(NKeyText.Base32(SHA256.HashData(Encoding.UTF8.GetBytes(text.Replace(id, string.Empty, StringComparison.Ordinal)))));
    }

    [Test]
    [Rule("ADR-14", "Design")]
    public void The_parts_are_base64url_without_padding_and_the_signature_is_of_the_first_two_with_their_dot()
    {
        var (jwt, key, _, _) = Issue(static x => x.Name = "??>>~~ÿ");
        jwt.ShouldMatch(@"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$");
        using var issuer = KeyPair.FromPublicKey(key);
        var dot = jwt.LastIndexOf('.');
        issuer.Verify(Encoding.ASCII.GetBytes(jwt[..dot]), Base64Url.DecodeFromChars(jwt.AsSpan(dot + 1))).ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-14", "Design")]
    public void A_signing_key_that_is_no_accounts_and_a_subject_that_is_no_users_are_refused()
    {
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        using var user = KeyPair.CreatePair(PrefixByte.User);
        using var operatorKey = KeyPair.CreatePair(PrefixByte.Operator);
        Should.Throw<NatsJwtException>(() => NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(user.GetPublicKey()), user));
        Should.Throw<NatsJwtException>(() => NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(user.GetPublicKey()), operatorKey));
        Should.Throw<NatsJwtException>(() => NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(account.GetPublicKey()), account));
        Should.Throw<NatsJwtException>(() => NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(string.Empty), account));
    }

    [Test]
    [Rule("ADR-14", "Context and Problem Statement")]
    public void A_users_key_can_be_made_and_the_signer_needs_its_public_half_alone()
    {
        using var user = KeyPair.CreatePair(PrefixByte.User);
        (user.GetSeed()[..2], user.GetPublicKey()[0]).ShouldBe(("SU", 'U'));
        using var known = KeyPair.FromPublicKey(user.GetPublicKey());
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        NatsJwt.DecodeUserClaims(NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(known.GetPublicKey()), account)).Subject.ShouldBe(user.GetPublicKey());
    }

    private static (string Jwt, string Key, string Account, string User) Issue(Action<NATS.Jwt.Models.NatsUserClaims>? configure = null)
    {
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        using var key = KeyPair.CreatePair(PrefixByte.Account);
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var claims = NatsJwt.NewUserClaims(user.GetPublicKey());
        claims.User.IssuerAccount = account.GetPublicKey();
        configure?.Invoke(claims);
        return (NatsJwt.EncodeUserClaims(claims, key), key.GetPublicKey(), account.GetPublicKey(), user.GetPublicKey());
    }

    private static JsonObject Body(string jwt) => JsonNode.Parse(Part(jwt, 1))!.AsObject();

    private static string Part(string jwt, int number) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(jwt.Split('.')[number]));
}
