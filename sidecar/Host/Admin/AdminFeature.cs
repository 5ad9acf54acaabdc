using System.Buffers;
using System.Text;
using HaNatsBridge.Host.Admin.Internal;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace HaNatsBridge.Host.Admin;

/// <summary>
/// Admin: who may come in (the bearer token), how everything is (<c>GET /api/health</c>), what it measured (<c>GET /metrics</c>, Prometheus text), and the log
/// (JSON lines in the data folder's <c>log/</c>, text on the console). Features report themselves: health by an <see cref="IHealthContributor"/>,
/// metrics by a <c>Meter</c> named <c>HaNatsBridge.{Feature}</c>.
/// </summary>
public static class AdminFeature
{
    private const long LargestLog = 10 * 1024 * 1024;
    private const int KeptLogs = 5;

    /// <summary>The product's version.</summary>
    public static string Version => HealthService.Version;

    /// <summary>Registers health and metrics.</summary>
    public static IServiceCollection AddAdmin(this IServiceCollection services) =>
        services.AddSingleton<HealthService>().AddSingleton<PrometheusExporter>().AddSingleton<ProcessMetrics>().AddSingleton<AdminMetrics>();

    /// <summary>Logs JSON lines to files and text to the console.</summary>
    /// <param name="logging">The host's logging.</param>
    /// <param name="folder">Where the files go; five of 10 MiB are kept.</param>
    /// <param name="level">The least that is logged.</param>
    /// <param name="console">Whether to write to the console too.</param>
    public static ILoggingBuilder AddBridgeLogging(this ILoggingBuilder logging, string folder, string level, bool console)
    {
        var configuration = Configure(level).WriteTo.File(
                new JsonFormatter(renderMessage: true), Path.Combine(folder, "bridge.log"), fileSizeLimitBytes: LargestLog,
                rollOnFileSizeLimit: true, retainedFileCountLimit: KeptLogs);
        return logging.AddSerilog((console ? ToConsole(configuration) : configuration).CreateLogger(), dispose: true);
    }

    /// <summary>Logs text to the console alone, for a command without a data folder.</summary>
    public static ILoggingBuilder AddBridgeConsole(this ILoggingBuilder logging, string level) =>
        logging.AddSerilog(ToConsole(Configure(level)).CreateLogger(), dispose: true);

    /// <summary>Puts the token's gate before everything that is mapped.</summary>
    public static IApplicationBuilder UseToken(this IApplicationBuilder app) => app.UseMiddleware<TokenGate>();

    /// <summary>Maps health and metrics.</summary>
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var health = routes.ServiceProvider.GetRequiredService<HealthService>();
        var metrics = routes.ServiceProvider.GetRequiredService<PrometheusExporter>();
        routes.ServiceProvider.GetRequiredService<ProcessMetrics>();

        routes.MapGet(TokenGate.HealthPath, (RequestDelegate)(async context =>
        {
            var body = new ArrayBufferWriter<byte>();
            var isReady = health.Write(body, TokenGate.HasToken(context));
            context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        }));
        routes.MapGet("/metrics", (RequestDelegate)(async context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(metrics.Write()), context.RequestAborted);
        }));
    }

    private static LoggerConfiguration Configure(string level) => new LoggerConfiguration()
        .MinimumLevel.Is(Enum.Parse<LogEventLevel>(level, ignoreCase: true))
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("NATS", LogEventLevel.Warning)
        .Enrich.FromLogContext();

    private static LoggerConfiguration ToConsole(LoggerConfiguration configuration) => configuration.WriteTo.Console(
        outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}",
        formatProvider: System.Globalization.CultureInfo.InvariantCulture);
}
