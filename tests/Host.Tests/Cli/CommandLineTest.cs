using System.Diagnostics;
using HaNatsBridge.Host.Embedded.Internal;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;

namespace HaNatsBridge.Host.Tests.Cli;

/// <summary>Runs the executable itself, as a person or a service manager starts it, with a folder of its own.</summary>
public abstract class CommandLineTest
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly List<(int Pid, long? Start)> _started = [];

    protected TempFolder Temp { get; private set; } = null!;

    [SetUp]
    public void SetUp() => Temp = new TempFolder();

    [TearDown]
    public void TearDown()
    {
        // What a failed test left behind, and its server, which lives on by itself, would trouble those that come after it.
        var server = ServerNote.Read(Temp.Of("nats", "server.json"));
        foreach (var one in _started.Where(one => one.Start is not null && Processes.StartOf(one.Pid) == one.Start))
        {
            ChildProcess.Signal(one.Pid, ChildProcess.Kill);
        }

        if (server is not null && Processes.StartOf(server.Pid) == server.Started)
        {
            ChildProcess.Signal(server.Pid, ChildProcess.Kill);
        }

        _started.Clear();
        Temp.Dispose();
    }

    protected Process Start(params string[] arguments)
    {
        var dll = typeof(Program).Assembly.Location;
        var information = new ProcessStartInfo("dotnet", [dll, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // Commands without --data use this folder. The user's own may belong to a sidecar that runs.
        information.Environment["XDG_STATE_HOME"] = Temp.Of("state");
        var process = Process.Start(information)!;
        _started.Add((process.Id, Processes.StartOf(process.Id)));
        return process;
    }

    protected async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await error);
    }

    protected static async Task<string> ReadUntilAsync(Process process, string mark)
    {
        using var limit = new CancellationTokenSource(Patience);
        var text = "";
        while (!text.Contains(mark, StringComparison.Ordinal)
            && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            text += line + "\n";
        }

        return text;
    }
}
