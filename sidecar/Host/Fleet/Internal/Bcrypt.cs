using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>bcrypt hashes through the system's crypt_r(3), as nats-server checks them; .NET has none.</summary>
internal static unsafe class Bcrypt
{
    /// <summary>A tenth of a second for who guesses; for the server too, at every connect of such a device.</summary>
    private const int Cost = 10;

    private const int SaltLength = 22;
    private const int DataSize = 256 * 1024;
    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    // glibc's distributions, Fedora's, and musl, where it is part of libc.
    private static readonly string[] Libraries = ["libcrypt.so.1", "libcrypt.so.2", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libc"];

    /// <summary>Hashes a password.</summary>
    /// <exception cref="FleetException">The system has no bcrypt.</exception>
    public static string Hash(string password)
    {
        // The last letter of the salt carries two bits only.
        var salt = RandomNumberGenerator.GetString(Alphabet, SaltLength - 1) + ".";
        var setting = $"$2b${Cost}${salt}";
        foreach (var library in Libraries)
        {
            if (NativeLibrary.TryLoad(library, out var handle) && NativeLibrary.TryGetExport(handle, "crypt_r", out var function)
                && Call(function, password, setting) is { } hash && hash.StartsWith(setting, StringComparison.Ordinal))
            {
                return hash;
            }
        }

        throw new FleetException("This system's crypt library knows no bcrypt. Leave --password out: an NKey needs none.");
    }

    private static string? Call(IntPtr function, string password, string setting)
    {
        // glibc's structure is 131,232 bytes, libxcrypt's 32,768.
        var data = NativeMemory.AllocZeroed(DataSize);
        try
        {
            var crypt = (delegate* unmanaged<byte*, byte*, void*, byte*>)function;
            fixed (byte* phrase = Encoding.UTF8.GetBytes(password + '\0'))
            fixed (byte* set = Encoding.ASCII.GetBytes(setting + '\0'))
            {
                return Marshal.PtrToStringUTF8((IntPtr)crypt(phrase, set, data));
            }
        }
        finally
        {
            NativeMemory.Clear(data, DataSize);
            NativeMemory.Free(data);
        }
    }
}
