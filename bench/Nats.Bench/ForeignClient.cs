using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// Another client in a process of its own that stays for the whole run, so that it is as warm as ours. It is started with the server's URL, says in a line of JSON who it is and which
/// cases it knows (<c>{"client", "cases"}</c>), and answers each line <c>CASE SIZE MESSAGES</c> with <c>{"messages", "elapsed_ns", "cpu_ns"}</c> and, of single operations,
/// <c>"p50_ns"</c>, <c>"p99_ns"</c>.
/// </summary>
public sealed class ForeignClient : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly HashSet<string> _cases;

    private ForeignClient(Process process, JsonElement greeting)
    {
        _process = process;
        Name = greeting.GetProperty("client").GetString()!;
        _cases = [.. greeting.GetProperty("cases").EnumerateArray().Select(static item => item.GetString()!)];
    }

    /// <summary>With its version.</summary>
    public string Name { get; }

    /// <exception cref="IOException">The program ended or said nothing.</exception>
    public static async Task<ForeignClient> StartAsync(string program, string url)
    {
        var start = new ProcessStartInfo(program, [url]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        var process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        try
        {
            return new ForeignClient(process, await ReadAsync(process));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    public bool Knows(string name) => _cases.Contains(name);

    /// <exception cref="IOException">The program ended or said nothing for minutes.</exception>
    public async Task<Measurement> MeasureAsync(string name, int size, int messages)
    {
        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{name} {size} {messages}"));
        await _process.StandardInput.FlushAsync();
        var answer = await ReadAsync(_process);
        var latency = answer.TryGetProperty("p50_ns", out _) ? new Latency(Time(answer, "p50_ns"), Time(answer, "p99_ns")) : null;
        return new Measurement(answer.GetProperty("messages").GetInt32(), Time(answer, "elapsed_ns"), null, Time(answer, "cpu_ns"), latency);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var limit = new CancellationTokenSource(EndLimit);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static TimeSpan Time(JsonElement answer, string name) => TimeSpan.FromMicroseconds(answer.GetProperty(name).GetDouble() / 1000);

    private static async Task<JsonElement> ReadAsync(Process process)
    {
        using var limit = new CancellationTokenSource(AnswerLimit);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new IOException($"{process.StartInfo.FileName} ended");
            return JsonElement.Parse(line);
        }
        catch (OperationCanceledException e)
        {
            throw new IOException($"{process.StartInfo.FileName} said nothing for {AnswerLimit.TotalMinutes:F0} minutes", e);
        }
    }
}
