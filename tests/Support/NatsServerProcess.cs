using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace HaNatsBridge.Tests.Support;

/// <summary>
/// A real nats-server on a free loopback port with a directory of its own, gone when disposed. Can be killed and started again on
/// the same port and store.
/// </summary>
public sealed class NatsServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly NatsServerOptions _options;
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _process;

    private NatsServerProcess(NatsServerOptions options, int port)
    {
        _options = options;
        Port = port;
        Directory = System.IO.Directory.CreateTempSubdirectory("nats-test-").FullName;
        ConfigPath = Path.Combine(Directory, "server.conf");
    }

    public int Port { get; }

    public string Url => $"nats://127.0.0.1:{Port}";

    public string Directory { get; }

    public string ConfigPath { get; }

    public NatsServerVersion Version => _options.Version;

    /// <summary>The name by which other servers know it.</summary>
    public string Name => _options.Name;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>What the server printed so far.</summary>
    public string Log => string.Join(Environment.NewLine, _log);

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running");

    public static async Task<NatsServerProcess> StartAsync(
        NatsServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new NatsServerOptions();
        for (var attempt = 1; ; attempt++)
        {
            var server = new NatsServerProcess(options, options.Port == 0 ? FreePort.Next() : options.Port);
            try
            {
                await server.WriteConfigAsync(options.Config, cancellationToken);
                await server.StartAsync(cancellationToken);
                return server;
            }
            catch (InvalidOperationException)
                when (attempt < 3 && options.Port == 0 && server.Log.Contains("address already in use", StringComparison.Ordinal))
            {
                // Another process took the port meanwhile.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    public static Task<NatsServerProcess> StartAsync(NatsServerVersion version, CancellationToken cancellationToken = default) =>
        StartAsync(new NatsServerOptions { Version = version }, cancellationToken);

    /// <summary>Starts the server again, same port, same store.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(NatsServerBinaries.PathOf(_options.Version))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = Directory,
        };
        foreach (var argument in (string[])["-c", ConfigPath, .. _options.Arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var process = new Process { StartInfo = start };
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        _process = process;
        await WaitUntilReadyAsync(cancellationToken);
    }

    /// <summary>SIGKILL: no goodbye to anybody, nothing flushed.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>SIGTERM and the wait for the end.</summary>
    public async Task StopAsync()
    {
        if (_process is { HasExited: false })
        {
            await SignalAsync("TERM");
            await _process.WaitForExitAsync();
        }

        await KillAsync();
    }

    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await KillAsync();
        await StartAsync(cancellationToken);
    }

    /// <summary>HUP: read the configuration again; USR2: lame duck mode.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Stops the process without its noticing (SIGSTOP): connections stay open, nothing answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Writes the configuration anew, for a restart or a HUP.</summary>
    public Task WriteConfigAsync(string config, CancellationToken cancellationToken = default)
    {
        var jetStream = _options.JetStream
            ? $"jetstream {{ store_dir: \"{Path.Combine(Directory, "store")}\", max_memory_store: 256MB, max_file_store: 1GB }}\n"
            : string.Empty;
        return File.WriteAllTextAsync(
            ConfigPath, $"host: 127.0.0.1\nport: {Port}\nserver_name: {_options.Name}\n{jetStream}{config}\n", cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        catch (IOException)
        {
            // A file that is still being closed: the temporary directory is cleaned by the system then.
            return;
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process!.HasExited || watch.Elapsed > StartLimit)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new InvalidOperationException($"nats-server did not start: {Log}");
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (_process!.HasExited)
        {
            return false;
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port, cancellationToken);
            if (_options.SilentUntilHandshake)
            {
                return true;
            }

            var buffer = new byte[4];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(2));
            await client.GetStream().ReadExactlyAsync(buffer, limit.Token);
            return buffer.AsSpan().SequenceEqual("INFO"u8);
        }
        catch (Exception e) when (e is SocketException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        _log.Enqueue(line);
        while (_log.Count > 2000)
        {
            _log.TryDequeue(out _);
        }
    }
}
