using System.Globalization;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>The log's level, as the settings say now.</summary>
internal sealed class LogLevelSwitch : IDisposable
{
    private readonly ISettings _settings;

    public LogLevelSwitch(ISettings settings)
    {
        _settings = settings;
        Switch = new LoggingLevelSwitch(Parse(settings.Current.LogLevel));
        settings.Changed += OnChanged;
    }

    public LoggingLevelSwitch Switch { get; }

    public static LogEventLevel Parse(string level) => Enum.Parse<LogEventLevel>(level, ignoreCase: true);

    public void Dispose() => _settings.Changed -= OnChanged;

    private void OnChanged() => Switch.MinimumLevel = Parse(_settings.Current.LogLevel);
}

/// <summary>
/// How the log is written: JSON lines to files, text to the console. Both are written by threads of their own: a disk or a
/// terminal that takes no more holds nothing up. When 10,000 lines wait, further ones are dropped. Secrets are masked.
/// </summary>
internal static class BridgeLog
{
    private const long LargestFile = 10 * 1024 * 1024;
    private const int Files = 5;

    public static Serilog.ILogger ToFolder(string folder, LoggingLevelSwitch level, bool console)
    {
        var configuration = Configure(level).WriteTo.Redacted(to => to.Async(sink => sink.File(
            new JsonFormatter(renderMessage: true),
            Path.Combine(folder, "bridge.log"),
            fileSizeLimitBytes: LargestFile,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: Files)));
        return (console ? ToConsole(configuration) : configuration).CreateLogger();
    }

    public static Serilog.ILogger ToConsole(LoggingLevelSwitch level) => ToConsole(Configure(level)).CreateLogger();

    private static LoggerConfiguration Configure(LoggingLevelSwitch level) => new LoggerConfiguration()
        .MinimumLevel.ControlledBy(level)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("OpenTelemetry", LogEventLevel.Warning)
        .MinimumLevel.Override("NATS", LogEventLevel.Error)
        .MinimumLevel.Override(NatsClientOptions.NoisyCategory, LogEventLevel.Fatal)
        .MinimumLevel.Override(NatsClientOptions.NoisyWriterCategory, LogEventLevel.Fatal)
        .Enrich.FromLogContext()
        .Enrich.With<IsoTimes>();

    private static LoggerConfiguration ToConsole(LoggerConfiguration configuration) =>
        configuration.WriteTo.Redacted(to => to.Async(sink => sink.Console(
            outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture)));
}
