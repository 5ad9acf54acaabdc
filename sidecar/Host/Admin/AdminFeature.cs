using System.Buffers;
using HaNatsBridge.Host.Admin.Internal;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using Serilog;
using Serilog.Core;

namespace HaNatsBridge.Host.Admin;

/// <summary>
/// Admin: who may come in (the bearer token), how everything is (<c>GET /api/health</c>), what it measured (<c>GET /metrics</c>,
/// Prometheus text), and the log (JSON lines in the data folder's <c>log/</c>, text on the console). Features report themselves:
/// health by an <see cref="IHealthContributor"/>, metrics by a <c>Meter</c> named <c>HaNatsBridge.{Feature}</c>.
/// </summary>
public static class AdminFeature
{
    /// <summary>Where the hub and the API listen, and how much is logged.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Text(
            "Listen", "--listen", "HOST:PORT", "Where the hub and the API listen",
            (o, v) => o with { Listen = SettingValue.Endpoint(v) }) with { Default = "127.0.0.1:8129" },
        Setting.Text(
            "Tls:Cert", "--tls-cert", "FILE", "Certificate (PEM) of the hub and the API",
            (o, v) => o with { Tls = o.Tls with { Cert = SettingValue.ExistingFile(v) } }),
        Setting.Text(
            "Tls:Key", "--tls-key", "FILE", "Its private key (PEM)",
            (o, v) => o with { Tls = o.Tls with { Key = SettingValue.ExistingFile(v) } }),
        Setting.Text(
            "LogLevel", "--log-level", "LEVEL", "The least that is logged",
            (o, v) => o with { LogLevel = SettingValue.OneOf(v, "debug", "information", "warning", "error") }) with
        {
            Default = "information", IsLive = true,
        },
    ];

    /// <summary>Registers health and metrics.</summary>
    public static IServiceCollection AddAdmin(this IServiceCollection services) =>
        services.AddSingleton<HealthService>().AddSingleton<ProcessMetrics>().AddSingleton<AdminMetrics>()
            .AddTelemetry(Product.Version);

    /// <summary>Gives OpenTelemetry its environment variables: the host reads no others.</summary>
    public static IConfigurationBuilder AddTelemetryVariables(this IConfigurationBuilder configuration) =>
        configuration.AddInMemoryCollection(Telemetry.Variables());

    /// <summary>Logs JSON lines to files and text to the console.</summary>
    /// <param name="logging">The host's logging.</param>
    /// <param name="folder">Where the files go; five of 10 MiB are retained.</param>
    /// <param name="settings">With the least that is logged.</param>
    /// <param name="console">Whether to write to the console too.</param>
    public static ILoggingBuilder AddBridgeLogging(this ILoggingBuilder logging, string folder, ISettings settings, bool console)
    {
        var level = new LogLevelSwitch(settings);
        logging.Services.AddSingleton(_ => level);
        return logging.AddSerilog(BridgeLog.ToFolder(folder, level.Switch, console), dispose: true);
    }

    /// <summary>Logs text to the console alone, for a command without a data folder.</summary>
    public static ILoggingBuilder AddBridgeConsole(this ILoggingBuilder logging, string level) =>
        logging.AddSerilog(BridgeLog.ToConsole(new LoggingLevelSwitch(LogLevelSwitch.Parse(level))), dispose: true);

    /// <summary>Puts the token's gate before everything that is mapped, and the headers for browsers on every response.</summary>
    public static IApplicationBuilder UseToken(this IApplicationBuilder app) =>
        app.UseMiddleware<ResponseHeaders>().UseMiddleware<TokenGate>();

    /// <summary>Maps the status page, health and metrics.</summary>
    public static void MapAdmin(this IEndpointRouteBuilder routes)
    {
        var health = routes.ServiceProvider.GetRequiredService<HealthService>();
        routes.ServiceProvider.GetRequiredService<ProcessMetrics>();
        routes.ServiceProvider.GetService<LogLevelSwitch>();

        routes.MapGet("/", (RequestDelegate)(context => StatusPage.WriteAsync(context, health.Status())));
        routes.MapGet(TokenGate.HealthPath, (RequestDelegate)(async context =>
        {
            var body = new ArrayBufferWriter<byte>();
            var isReady = health.Write(body, TokenGate.HasToken(context));
            context.Response.StatusCode = isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        }));
        routes.MapPrometheusScrapingEndpoint("/metrics");
    }
}
