using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HaNatsBridge.Host.DataFolder.Internal;

/// <summary>
/// open(2) and flock(2): .NET takes a flock of its own on whatever it opens, which would stand in the way of ours.
/// </summary>
internal static partial class PosixFile
{
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int UnlockFile = 8;
    private const int WouldBlock = 11;
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000;
    private const uint OwnerOnly = 0x180;

    /// <summary>Opens for reading and writing, made with mode 0600 where it is missing.</summary>
    public static SafeFileHandle Open(string path)
    {
        var descriptor = OpenFile(path, ReadWrite | Create | CloseOnExec, OwnerOnly);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"{path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
    }

    /// <summary>False when it is held elsewhere.</summary>
    public static bool TryLock(SafeFileHandle handle)
    {
        if (Flock(handle, LockExclusive | LockNonBlocking) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == WouldBlock ? false : throw new IOException($"flock: {new Win32Exception(error).Message}");
    }

    /// <summary>Unlocks the open file, for all descriptors of it.</summary>
    public static void Unlock(SafeFileHandle handle) => _ = Flock(handle, UnlockFile);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle handle, int operation);
}
