using System.Text;
using HaNatsBridge.Host.DataFolder.Internal;
using Microsoft.Win32.SafeHandles;

namespace HaNatsBridge.Host.DataFolder;

/// <summary>
/// An advisory lock (flock) on a file. It belongs to the open file, not to the process: the kernel releases it when the last
/// descriptor closes, so a killed holder leaves nothing behind, and a child that inherits the descriptor holds on to it.
/// </summary>
public sealed class FileLock : IDisposable
{
    private FileLock(SafeFileHandle handle) => Handle = handle;

    /// <summary>The open file; closed on exec unless it is handed to a child on purpose.</summary>
    public SafeFileHandle Handle { get; }

    /// <summary>Takes the lock; null when it is held.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FileLock? TryTake(string path)
    {
        var handle = PosixFile.Open(path);
        if (PosixFile.TryLock(handle))
        {
            return new FileLock(handle);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Takes the lock, waiting for its holder.</summary>
    /// <exception cref="TimeoutException">It is held for longer than <paramref name="patience"/>.</exception>
    public static async Task<FileLock> TakeAsync(
        string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            if (time.GetElapsedTime(started) > patience)
            {
                throw new TimeoutException($"{path} is held by another process");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    /// <summary>The content of the file, by custom the holder's process id; may be empty.</summary>
    public static string ReadHolder(string path)
    {
        using var handle = PosixFile.Open(path);
        Span<byte> text = stackalloc byte[32];
        return Encoding.ASCII.GetString(text[..RandomAccess.Read(handle, text, 0)]).Trim();
    }

    /// <summary>Writes the holder into the file.</summary>
    public void WriteHolder(int processId)
    {
        RandomAccess.SetLength(Handle, 0);
        RandomAccess.Write(Handle, Encoding.ASCII.GetBytes($"{processId}\n"), 0);
    }

    /// <summary>Closes this descriptor. A child that has inherited the lock holds it further.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>
    /// Unlocks the file even if a child has a copy of the descriptor, as every child has between fork and exec.
    /// </summary>
    public void Release()
    {
        if (!Handle.IsClosed)
        {
            PosixFile.Unlock(Handle);
            Handle.Dispose();
        }
    }
}
