using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace HaNatsBridge.Host.DataFolder.Internal;

/// <summary>
/// open(2) and flock(2): .NET takes a flock of its own on whatever it opens, which would stand in the way of ours, and follows
/// symbolic links. These do not: a link in the data folder is somebody else's attempt to have another file written or read.
/// </summary>
internal static partial class PosixFile
{
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int UnlockFile = 8;
    private const int NoSuchFile = 2;
    private const int WouldBlock = 11;
    private const int IsLink = 40;
    private const int ReadOnly = 0x0;
    private const int ReadWrite = 0x2;
    private const int Create = 0x40;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const uint OwnerOnly = 0x180;

    /// <summary>Linux gives it another number on ARM.</summary>
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Opens for reading and writing, made with mode 0600 where it is missing.</summary>
    public static SafeFileHandle Open(string path) => TryOpen(path, ReadWrite | Create)!;

    /// <summary>Opens for reading; null when there is no such file.</summary>
    public static SafeFileHandle? TryOpenToRead(string path) => TryOpen(path, ReadOnly);

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

    private static SafeFileHandle? TryOpen(string path, int flags)
    {
        // Without waiting, also where the file turns out to be a pipe.
        var descriptor = OpenFile(path, flags | CloseOnExec | NoFollow | NonBlocking, OwnerOnly);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            NoSuchFile when (flags & Create) == 0 => null,
            IsLink => throw new DataFolderException($"{path} is a symbolic link, which is not followed. Remove it."),
            _ => throw new IOException($"{path}: {new Win32Exception(error).Message}"),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle handle, int operation);
}
