using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NATS.Jwt.Internal;
using NATS.Jwt.Models;
using NATS.NKeys;
using NATS.NKeys.Internal;

namespace NATS.Jwt;

/// <summary>Makes, reads and verifies NATS's JWTs, version 2 (docs.nats.io, "JWT Guide"; ADR-14): an operator signs accounts, an account signs users.</summary>
public static class NatsJwt
{
    public const long NoLimit = -1;
    public const string AnyAccount = "*";
    public const string OperatorClaim = "operator";
    public const string AccountClaim = "account";
    public const string UserClaim = "user";
    public const string TokenTypeJwt = "JWT";
    public const string AlgorithmNkey = "ed25519-nkey";

    public static readonly JwtHeader NatsJwtHeader = new();

    private const int LibraryVersion = 2;
    private const int SignatureLength = 64;

    public static NatsOperatorClaims NewOperatorClaims(string subject) => new() { Subject = subject, Issuer = subject };

    public static NatsAccountClaims NewAccountClaims(string subject) => new() { Subject = subject };

    public static NatsUserClaims NewUserClaims(string subject) => new() { Subject = subject };

    /// <exception cref="NatsJwtException">The key may not sign operators, or the subject is not one.</exception>
    public static string EncodeOperatorClaims(NatsOperatorClaims operatorClaims, KeyPair keyPair, DateTimeOffset? issuedAt = null)
    {
        ArgumentNullException.ThrowIfNull(operatorClaims);
        (operatorClaims.Operator.Type, operatorClaims.Operator.Version) = (OperatorClaim, LibraryVersion);
        return Encode(operatorClaims, 'O', "O", keyPair, JwtJsonContext.Default.NatsOperatorClaims, issuedAt);
    }

    /// <exception cref="NatsJwtException">The key may not sign accounts, or the subject is not one.</exception>
    public static string EncodeAccountClaims(NatsAccountClaims accountClaims, KeyPair keyPair, DateTimeOffset? issuedAt = null)
    {
        ArgumentNullException.ThrowIfNull(accountClaims);
        (accountClaims.Account.Type, accountClaims.Account.Version) = (AccountClaim, LibraryVersion);
        return Encode(accountClaims, 'A', "OA", keyPair, JwtJsonContext.Default.NatsAccountClaims, issuedAt);
    }

    /// <exception cref="NatsJwtException">The key may not sign users, or the subject is not one.</exception>
    public static string EncodeUserClaims(NatsUserClaims userClaims, KeyPair keyPair, DateTimeOffset? issuedAt = null)
    {
        ArgumentNullException.ThrowIfNull(userClaims);
        (userClaims.User.Type, userClaims.User.Version) = (UserClaim, LibraryVersion);
        return Encode(userClaims, 'U', "A", keyPair, JwtJsonContext.Default.NatsUserClaims, issuedAt);
    }

    /// <summary>Verifies the signature by the issuer that the claims name; whether that issuer is to be trusted is the caller's question.</summary>
    /// <exception cref="NatsJwtException">Malformed, another kind of claims, or the signature is wrong.</exception>
    public static NatsOperatorClaims DecodeOperatorClaims(string jwt)
    {
        var claims = DecodeClaims(jwt, JwtJsonContext.Default.NatsOperatorClaims);
        return Expect(claims, claims.Operator.Type, OperatorClaim);
    }

    /// <inheritdoc cref="DecodeOperatorClaims"/>
    public static NatsAccountClaims DecodeAccountClaims(string jwt)
    {
        var claims = DecodeClaims(jwt, JwtJsonContext.Default.NatsAccountClaims);
        return Expect(claims, claims.Account.Type, AccountClaim);
    }

    /// <inheritdoc cref="DecodeOperatorClaims"/>
    public static NatsUserClaims DecodeUserClaims(string jwt)
    {
        var claims = DecodeClaims(jwt, JwtJsonContext.Default.NatsUserClaims);
        return Expect(claims, claims.User.Type, UserClaim);
    }

    /// <inheritdoc cref="DecodeOperatorClaims"/>
    public static T DecodeClaims<T>(string jwt, JsonTypeInfo<T> jsonTypeInfo)
        where T : JwtClaimsData
    {
        ArgumentNullException.ThrowIfNull(jwt);
        var parts = jwt.Split('.');
        if (parts.Length != 3)
        {
            throw new NatsJwtException("Not a JWT: it has not three parts");
        }

        try
        {
            var header = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(parts[0]), JwtJsonContext.Default.JwtHeader);
            if (header is not { Algorithm: AlgorithmNkey } || !string.Equals(header.Type, TokenTypeJwt, StringComparison.OrdinalIgnoreCase))
            {
                throw new NatsJwtException($"Not a NATS JWT: the algorithm is not {AlgorithmNkey}");
            }

            var claims = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(parts[1]), jsonTypeInfo) ?? throw new NatsJwtException("The claims are null");
            using var issuer = KeyPair.FromPublicKey(claims.Issuer);
            if (!issuer.Verify(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2])))
            {
                throw new NatsJwtException("JWT signature verification failed");
            }

            return claims;
        }
        catch (Exception e) when (e is JsonException or FormatException or NKeysException)
        {
            throw new NatsJwtException($"Malformed JWT: {e.Message}", e);
        }
    }

    /// <summary>The text of a <c>.creds</c> file. It holds the seed: a secret.</summary>
    public static string FormatUserConfig(string jwt, string seed)
    {
        DecodeUserClaims(jwt);
        ArgumentNullException.ThrowIfNull(seed);
        if (!seed.StartsWith("SU", StringComparison.Ordinal))
        {
            throw new NatsJwtException("The seed is not a user's");
        }

        return $"""
            -----BEGIN NATS USER JWT-----
            {jwt}
            ------END NATS USER JWT------

            ************************* IMPORTANT *************************
            NKEY Seed printed below can be used to sign and prove identity.
            NKEYs are sensitive and should be treated as secrets.

            -----BEGIN USER NKEY SEED-----
            {seed}
            ------END USER NKEY SEED------

            *************************************************************

            """;
    }

    private static string Encode<T>(T claims, char subjectKind, string issuerKinds, KeyPair keyPair, JsonTypeInfo<T> typeInfo, DateTimeOffset? issuedAt)
        where T : JwtClaimsData
    {
        ArgumentNullException.ThrowIfNull(keyPair);
        var issuer = keyPair.GetPublicKey();
        if (!issuerKinds.Contains(issuer[0], StringComparison.Ordinal))
        {
            throw new NatsJwtException($"A key of kind {issuer[0]} cannot sign these claims");
        }

        if (claims.Subject is not { Length: > 0 } subject || subject[0] != subjectKind)
        {
            throw new NatsJwtException($"The subject is not a public key of kind {subjectKind}");
        }

        claims.Issuer = issuer;
        claims.IssuedAt = issuedAt ?? TimeProvider.System.GetUtcNow();

        // The id only has to be unique; ADR-14 makes it of the claims with an empty one.
        claims.Id = string.Empty;
        claims.Id = NKeyText.Base32(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(claims, typeInfo)));
        var header = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(NatsJwtHeader, JwtJsonContext.Default.JwtHeader));
        var signed = $"{header}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, typeInfo))}";
        var signature = new byte[SignatureLength];
        keyPair.Sign(Encoding.ASCII.GetBytes(signed), signature);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static T Expect<T>(T claims, string type, string expected) =>
        type == expected ? claims : throw new NatsJwtException($"Expected {expected} claims, but got '{type}'");
}
