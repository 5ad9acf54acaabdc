using System.Text;
using NATS.Jwt;
using NATS.Jwt.Models;
using NATS.NKeys;
using NATS.NKeys.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Rules of ADR-14, "JWT library-free JWT user generation", and RFC 8032 for the signatures.</summary>
public sealed class KeyTests
{
    [Test]
    public void Signatures_are_those_of_RFC_8032()
    {
        // Test 2 of section 7.1.
        var seed = Convert.FromHexString("4CCD089B28FF96DA9DB6C346EC114E0F5B8A319F35ABA624DA8CF6ED4FB8A6FB");
        Convert.ToHexString(Ed25519.PublicKey(seed)).ShouldBe("3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C");
        var signature = new byte[64];
        Ed25519.Sign(seed, [0x72], signature);
        Convert.ToHexString(signature).ShouldBe(
            "92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00");
    }

    [TestCase(PrefixByte.Operator, 'O')]
    [TestCase(PrefixByte.Account, 'A')]
    [TestCase(PrefixByte.User, 'U')]
    [TestCase(PrefixByte.Server, 'N')]
    [TestCase(PrefixByte.Cluster, 'C')]
    public void A_key_survives_its_text_form(PrefixByte kind, char letter)
    {
        using var pair = KeyPair.CreatePair(kind);
        pair.GetPublicKey()[0].ShouldBe(letter);
        pair.GetPublicKey().Length.ShouldBe(56);
        pair.GetSeed().ShouldStartWith($"S{letter}");
        using var again = KeyPair.FromSeed(pair.GetSeed());
        again.GetPublicKey().ShouldBe(pair.GetPublicKey());
        var signature = new byte[64];
        again.Sign("hello"u8.ToArray(), signature);
        using var publicOnly = KeyPair.FromPublicKey(pair.GetPublicKey());
        publicOnly.Verify("hello"u8.ToArray(), signature).ShouldBeTrue();
        publicOnly.Verify("hullo"u8.ToArray(), signature).ShouldBeFalse();
        Should.Throw<NKeysException>(() => publicOnly.GetSeed());
    }

    [TestCase("")]
    [TestCase("SUAAAA")]
    [TestCase("not a key at all")]
    public void What_is_no_key_is_refused_without_being_repeated(string text)
    {
        var error = Should.Throw<NKeysException>(() => KeyPair.FromSeed(text));
        if (text.Length > 0)
        {
            error.Message.ShouldNotContain(text);
        }

        Should.Throw<NKeysException>(() => KeyPair.FromPublicKey(text));
    }

    [Test]
    public void One_wrong_letter_is_noticed()
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        var seed = pair.GetSeed().ToCharArray();
        for (var i = 0; i < seed.Length; i++)
        {
            var kept = seed[i];
            seed[i] = kept == 'A' ? 'B' : 'A';
            Should.Throw<NKeysException>(() => KeyPair.FromSeed(seed), $"at {i}");
            seed[i] = kept;
        }
    }

    [Test]
    public void Claims_survive_encoding_and_a_changed_token_is_refused()
    {
        using var account = KeyPair.CreatePair(PrefixByte.Account);
        using var user = KeyPair.CreatePair(PrefixByte.User);
        var claims = NatsJwt.NewUserClaims(user.GetPublicKey());
        claims.Name = "hall";
        claims.Expires = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        claims.User.Pub = new NatsPermission { Allow = ["home.devices.light.hall.>"] };
        var jwt = NatsJwt.EncodeUserClaims(claims, account);
        var read = NatsJwt.DecodeUserClaims(jwt);
        read.Name.ShouldBe("hall");
        read.Issuer.ShouldBe(account.GetPublicKey());
        read.Expires.ShouldBe(claims.Expires);
        read.User.Pub.Allow.ShouldBe(["home.devices.light.hall.>"]);
        Should.Throw<NatsJwtException>(() => NatsJwt.DecodeAccountClaims(jwt));
        Should.Throw<NatsJwtException>(() => NatsJwt.EncodeUserClaims(claims, user));
        var parts = jwt.Split('.');
        var payload = Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).Replace("hall", "cave", StringComparison.Ordinal);
        var forged = $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{parts[2]}";
        Should.Throw<NatsJwtException>(() => NatsJwt.DecodeUserClaims(forged)).Message.ShouldContain("signature");
        foreach (var bad in new[] { "", "a.b", "a.b.c", "....", $"{parts[0]}.{parts[1]}." })
        {
            Should.Throw<NatsJwtException>(() => NatsJwt.DecodeUserClaims(bad));
        }
    }
}
