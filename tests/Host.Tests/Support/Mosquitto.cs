using System.Diagnostics;
using System.Net.Sockets;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A real mosquitto on a port of its own; retained messages survive a kill if it is made with a store.</summary>
public sealed class Mosquitto : IAsyncDisposable
{
    private readonly TempFolder _temp = new();
    private Process? _process;

    private Mosquitto()
    {
    }

    public int Port { get; } = FreePort.Next();

    private static string Program => Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "mosquitto")).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("no mosquitto: ./bridge test installs it");

    /// <summary>Starts one.</summary>
    /// <param name="settings">Lines of its configuration, after those of the listener; null: everyone may do everything.</param>
    /// <param name="users">A user and a password that it takes; null: no users.</param>
    public static async Task<Mosquitto> StartAsync(string? settings = null, (string User, string Password)? users = null)
    {
        var broker = new Mosquitto();
        var passwords = "allow_anonymous true";
        if (users is { } login)
        {
            var file = broker._temp.Of("passwords");
            await File.WriteAllTextAsync(file, $"{login.User}:{login.Password}\n");
            using var hash = Process.Start(new ProcessStartInfo(Path.Combine("/usr/bin", "mosquitto_passwd"), ["-U", file]))!;
            await hash.WaitForExitAsync();
            passwords = $"password_file {file}";
        }

        await File.WriteAllTextAsync(
            broker._temp.Of("mosquitto.conf"),
            $"user root\nlistener {broker.Port} 127.0.0.1\n{passwords}\nmax_queued_messages 0\nmax_inflight_messages 0\n{settings}\n");
        await broker.StartAsync();
        return broker;
    }

    /// <summary>Starts it again after <see cref="Kill"/>.</summary>
    public async Task StartAsync()
    {
        _process = Process.Start(new ProcessStartInfo(Program, ["-c", _temp.Of("mosquitto.conf")]) { RedirectStandardError = true })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        await Eventually.TrueAsync(
            async () =>
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync("127.0.0.1", Port);
                    return true;
                }
                catch (SocketException)
                {
                    return _process.HasExited ? throw new InvalidOperationException("mosquitto has ended") : false;
                }
            },
            "mosquitto listens");
    }

    /// <summary>Kills it; what it retained is gone.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    public ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
        _temp.Dispose();
        return ValueTask.CompletedTask;
    }
}
