using System.Security.Cryptography;
using NATS.NKeys.Internal;

namespace NATS.NKeys;

/// <summary>An Ed25519 key pair in NATS's text form (ADR-14): base32 of prefix, key and CRC-16. With a public key alone it can only verify.</summary>
public sealed class KeyPair : IDisposable
{
    private const int KeyLength = 32;

    /// <summary>S, which stands before the kind's own letter.</summary>
    private const byte SeedPrefix = 18 << 3;

    private readonly PrefixByte _type;
    private readonly byte[] _seed;
    private readonly byte[] _publicKey;

    private KeyPair(PrefixByte type, byte[] seed, byte[] publicKey)
    {
        _type = type;
        _seed = seed;
        _publicKey = publicKey;
    }

    /// <exception cref="NKeysException">Not a public key.</exception>
    public static KeyPair FromPublicKey(ReadOnlySpan<char> publicKey)
    {
        Span<byte> raw = stackalloc byte[KeyLength + 1];
        if (NKeyText.Decode(publicKey, raw) != raw.Length || !IsPublicPrefix((PrefixByte)raw[0]))
        {
            throw new NKeysException("Not a valid public NKey");
        }

        return new KeyPair((PrefixByte)raw[0], [], raw[1..].ToArray());
    }

    /// <exception cref="NKeysException">Not a seed.</exception>
    public static KeyPair FromSeed(ReadOnlySpan<char> encodedSeed)
    {
        Span<byte> raw = stackalloc byte[KeyLength + 2];
        try
        {
            if (NKeyText.Decode(encodedSeed, raw) != raw.Length || (raw[0] & 0xF8) != SeedPrefix)
            {
                throw new NKeysException("Not a valid NKey seed");
            }

            // Two prefixes of five bits each share the first two bytes.
            var type = (PrefixByte)(((raw[0] & 7) << 5) | (raw[1] >> 3));
            if (!IsPublicPrefix(type))
            {
                throw new NKeysException("The seed is of an unknown kind");
            }

            return FromRaw(type, raw[2..].ToArray());
        }
        finally
        {
            CryptographicOperations.ZeroMemory(raw);
        }
    }

    /// <summary>A new key of the kind given.</summary>
    public static KeyPair CreatePair(PrefixByte prefix)
    {
        Check(prefix);
        return FromRaw(prefix, RandomNumberGenerator.GetBytes(KeyLength));
    }

    /// <summary>A new key from the given source of randomness.</summary>
    public static KeyPair CreatePair(PrefixByte prefix, RandomNumberGenerator rng)
    {
        ArgumentNullException.ThrowIfNull(rng);
        Check(prefix);
        var seed = new byte[KeyLength];
        rng.GetBytes(seed);
        return FromRaw(prefix, seed);
    }

    /// <summary>The secret, <c>S…</c>.</summary>
    /// <exception cref="NKeysException">Only the public key is known.</exception>
    public string GetSeed()
    {
        RequireSeed();
        Span<byte> raw = stackalloc byte[KeyLength + 2];
        raw[0] = (byte)(SeedPrefix | ((byte)_type >> 5));
        raw[1] = (byte)(((byte)_type & 31) << 3);
        _seed.CopyTo(raw[2..]);
        var text = NKeyText.Encode(raw);
        CryptographicOperations.ZeroMemory(raw);
        return text;
    }

    public string GetPublicKey()
    {
        Span<byte> raw = stackalloc byte[KeyLength + 1];
        raw[0] = (byte)_type;
        _publicKey.CopyTo(raw[1..]);
        return NKeyText.Encode(raw);
    }

    /// <summary>Writes the 64 bytes of the signature.</summary>
    public void Sign(ReadOnlyMemory<byte> message, Memory<byte> signature)
    {
        RequireSeed();
        Ed25519.Sign(_seed, message.Span, signature.Span);
    }

    public bool Verify(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> signature) => Ed25519.Verify(_publicKey, message.Span, signature.Span);

    /// <summary>Wipes the secret.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_seed);

    private static KeyPair FromRaw(PrefixByte type, byte[] seed) => new(type, seed, Ed25519.PublicKey(seed));

    private static void Check(PrefixByte prefix)
    {
        if (!IsPublicPrefix(prefix))
        {
            throw new NKeysException("Invalid prefix");
        }
    }

    /// <summary>Curve keys are for encryption, which this library does not do.</summary>
    private static bool IsPublicPrefix(PrefixByte prefix) =>
        prefix is PrefixByte.Server or PrefixByte.Cluster or PrefixByte.Operator or PrefixByte.Account or PrefixByte.User;

    private void RequireSeed()
    {
        if (_seed.Length == 0)
        {
            throw new NKeysException("No seed: only the public key is known");
        }
    }
}
