using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// Starts a process in a session of its own, which .NET's Process cannot: a terminal's Ctrl-C or a killed group does not reach
/// it. No PR_SET_PDEATHSIG: it fires when the thread that forked ends, and .NET's threads end.
/// </summary>
internal static unsafe partial class ChildProcess
{
    public const int Hangup = 1;
    public const int Terminate = 15;
    public const int Kill = 9;

    /// <summary>What the number of the signal that ended a process is added to, in the place of its exit code.</summary>
    public const int SignalOffset = 128;
    private const int OpaqueSize = 1024;
    private const int InheritedLock = 3;
    private const short SetSignalDefaults = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;
    private const int NoHang = 1;
    private const int ReadOnly = 0;
    private const int WriteCreateTruncate = 0x1 | 0x40 | 0x200;
    private const uint OwnerOnly = 0x180;
    private static readonly string[] InheritedVariables = ["PATH", "HOME", "TMPDIR", "GOMEMLIMIT", "GOMAXPROCS"];

    /// <summary>Starts it; returns its process id.</summary>
    /// <param name="program">Absolute path.</param>
    /// <param name="arguments">Without the program itself.</param>
    /// <param name="errors">The file that its output goes to, made anew.</param>
    /// <param name="inherited">A lock that lives as long as the process does.</param>
    public static int Start(string program, IReadOnlyList<string> arguments, string errors, SafeFileHandle inherited)
    {
        // glibc's and musl's structures are smaller than this on every platform.
        var attributes = NativeMemory.AllocZeroed(OpaqueSize);
        var actions = NativeMemory.AllocZeroed(OpaqueSize);
        var signals = NativeMemory.AllocZeroed(OpaqueSize);
        using var argv = new NativeStrings([program, .. arguments]);
        using var environment = new NativeStrings([.. Inherited()]);
        try
        {
            Check(AttributesInit(attributes));
            Check(ActionsInit(actions));
            Check(SigEmptySet(signals));
            Check(AttributesSetMask(attributes, signals));
            Check(SigFillSet(signals));
            Check(AttributesSetDefaults(attributes, signals));
            Check(AttributesSetFlags(attributes, SetSession | SetSignalMask | SetSignalDefaults));
            Check(ActionsAddOpen(actions, 0, "/dev/null", ReadOnly, 0));
            Check(ActionsAddOpen(actions, 1, errors, WriteCreateTruncate, OwnerOnly));
            Check(ActionsAddDup(actions, 1, 2));
            Check(ActionsAddDup(actions, (int)inherited.DangerousGetHandle(), InheritedLock));
            int pid;
            Check(Spawn(&pid, program, actions, attributes, argv.Pointer, environment.Pointer), program);
            return pid;
        }
        finally
        {
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
            NativeMemory.Free(signals);
            NativeMemory.Free(actions);
            NativeMemory.Free(attributes);
        }
    }

    /// <summary>
    /// Collects an ended child's exit code, beyond <see cref="SignalOffset"/> the signal that ended it; null while it lives, or
    /// when it is not our child.
    /// </summary>
    public static int? TryReap(int pid)
    {
        int status;
        if (WaitPid(pid, &status, NoHang) != pid)
        {
            return null;
        }

        var signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : SignalOffset + signal;
    }

    /// <summary>Whether it is a child of ours that runs; one that has ended is collected.</summary>
    public static bool IsRunningChild(int pid)
    {
        int status;
        return WaitPid(pid, &status, NoHang) == 0;
    }

    /// <summary>Sends a signal; false when there is no such process.</summary>
    public static bool Signal(int pid, int signal) => SendSignal(pid, signal) == 0;

    private static IEnumerable<string> Inherited() =>
        from name in InheritedVariables
        let value = Environment.GetEnvironmentVariable(name)
        where value is not null
        select $"{name}={value}";

    private static void Check(int error, string? program = null)
    {
        if (error != 0)
        {
            throw new IOException($"{program ?? "posix_spawn"}: {new Win32Exception(error).Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefaults(void* attributes, void* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SigEmptySet(void* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int SigFillSet(void* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsAddOpen(void* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsAddDup(void* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(int* pid, string path, void* actions, void* attributes, byte** argv, byte** environment);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);

    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> texts)
        {
            _count = texts.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                var bytes = Encoding.UTF8.GetBytes(texts[i] + '\0');
                Pointer[i] = (byte*)NativeMemory.Alloc((nuint)bytes.Length);
                bytes.CopyTo(new Span<byte>(Pointer[i], bytes.Length));
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
            {
                NativeMemory.Free(Pointer[i]);
            }

            NativeMemory.Free(Pointer);
        }
    }
}
