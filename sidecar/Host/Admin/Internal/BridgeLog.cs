using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>How the log is written: JSON lines to files, text to the console.</summary>
internal static class BridgeLog
{
    private const long LargestFile = 10 * 1024 * 1024;
    private const int Files = 5;

    public static Serilog.ILogger ToFolder(string folder, string level, bool console)
    {
        var configuration = Configure(level).WriteTo.File(
            new JsonFormatter(renderMessage: true),
            Path.Combine(folder, "bridge.log"),
            fileSizeLimitBytes: LargestFile,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: Files);
        return (console ? ToConsole(configuration) : configuration).CreateLogger();
    }

    public static Serilog.ILogger ToConsole(string level) => ToConsole(Configure(level)).CreateLogger();

    private static LoggerConfiguration Configure(string level) => new LoggerConfiguration()
        .MinimumLevel.Is(Enum.Parse<LogEventLevel>(level, ignoreCase: true))
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("OpenTelemetry", LogEventLevel.Warning)
        .MinimumLevel.Override("NATS", LogEventLevel.Warning)
        .Enrich.FromLogContext();

    private static LoggerConfiguration ToConsole(LoggerConfiguration configuration) => configuration.WriteTo.Console(
        outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture);
}
