using System.Runtime.InteropServices;

namespace NATS.NKeys.Internal;

/// <summary>
/// Ed25519 (RFC 8032) by the platform's OpenSSL 3, for .NET has none. Everything unmanaged of this library is in this class; each call makes and frees its own objects.
/// </summary>
internal static partial class Ed25519
{
    private const string Library = "libcrypto.so.3";
    private const int KeyType = 1087; // EVP_PKEY_ED25519 (NID_ED25519)
    private const int KeyLength = 32;
    private const int SignatureLength = 64;

    public static unsafe byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        var key = PrivateKey(seed);
        try
        {
            var publicKey = new byte[KeyLength];
            nuint length = KeyLength;
            fixed (byte* p = publicKey)
            {
                Require(EVP_PKEY_get_raw_public_key(key, p, ref length));
            }

            return publicKey;
        }
        finally
        {
            EVP_PKEY_free(key);
        }
    }

    public static unsafe void Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (signature.Length < SignatureLength)
        {
            throw new NKeysException($"A signature needs {SignatureLength} bytes");
        }

        var key = PrivateKey(seed);
        var context = NewContext();
        try
        {
            Require(EVP_DigestSignInit(context, 0, 0, 0, key));
            nuint length = SignatureLength;
            fixed (byte* s = signature)
            fixed (byte* m = message)
            {
                Require(EVP_DigestSign(context, s, ref length, m, (nuint)message.Length));
            }
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
        }
    }

    public static unsafe bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureLength)
        {
            return false;
        }

        nint key;
        fixed (byte* p = publicKey)
        {
            key = EVP_PKEY_new_raw_public_key(KeyType, 0, p, (nuint)publicKey.Length);
        }

        if (key == 0)
        {
            return false;
        }

        var context = NewContext();
        try
        {
            Require(EVP_DigestVerifyInit(context, 0, 0, 0, key));
            fixed (byte* s = signature)
            fixed (byte* m = message)
            {
                return EVP_DigestVerify(context, s, (nuint)signature.Length, m, (nuint)message.Length) == 1;
            }
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
        }
    }

    private static unsafe nint PrivateKey(ReadOnlySpan<byte> seed)
    {
        fixed (byte* p = seed)
        {
            var key = EVP_PKEY_new_raw_private_key(KeyType, 0, p, (nuint)seed.Length);
            return key != 0 ? key : throw new NKeysException("OpenSSL does not take the key");
        }
    }

    private static nint NewContext()
    {
        var context = EVP_MD_CTX_new();
        return context != 0 ? context : throw new NKeysException("OpenSSL has no memory");
    }

    private static void Require(int result)
    {
        if (result != 1)
        {
            throw new NKeysException("OpenSSL refuses the operation");
        }
    }

    [LibraryImport(Library)]
    private static unsafe partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    private static unsafe partial nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library)]
    private static unsafe partial int EVP_PKEY_get_raw_public_key(nint key, byte* publicKey, ref nuint length);

    [LibraryImport(Library)]
    private static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library)]
    private static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library)]
    private static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library)]
    private static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    private static unsafe partial int EVP_DigestSign(nint context, byte* signature, ref nuint signatureLength, byte* message, nuint messageLength);

    [LibraryImport(Library)]
    private static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library)]
    private static unsafe partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* message, nuint messageLength);
}
