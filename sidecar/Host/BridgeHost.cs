using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HaNatsBridge.Host;

/// <summary>
/// Builds the process around the features: web server, token gate, log. Starts with an empty builder, because a sidecar is small
/// and reads no appsettings.
/// </summary>
public static class BridgeHost
{
    private const long LargestBody = 1024 * 1024;

    /// <summary>
    /// Below the ten seconds after which Docker and the Supervisor kill by default; ordinarily it takes less than one.
    /// </summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(9);

    /// <summary>The same with settings that never change.</summary>
    public static WebApplication Build(
        BridgeOptions options, IDataFolder folder, IReadOnlyList<Feature> features, bool console) =>
        Build(SettingsFeature.Fixed(options), folder, features, console);

    /// <summary>Builds a sidecar that is not yet started.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="folder">The data folder, held.</param>
    /// <param name="features">Every feature there is; those of roles that do not run are left out.</param>
    /// <param name="console">Whether to log to the console.</param>
    /// <exception cref="SettingsException">A role that does not exist.</exception>
    public static WebApplication Build(ISettings settings, IDataFolder folder, IReadOnlyList<Feature> features, bool console)
    {
        var options = settings.Current;
        var running = Choose(options, features);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "hanatsbridge", ContentRootPath = folder.Path,
        });
        builder.Logging.AddBridgeLogging(folder.PathOf("log"), settings, console);
        builder.Configuration.AddTelemetryVariables();
        builder.WebHost.UseKestrelCore();
        if (options.Tls.Cert is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options));

        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Farewell);
        builder.Services.AddSingleton(TimeProvider.System).AddSettings(settings).AddDataFolder(folder).AddHealth();
        foreach (var feature in running)
        {
            feature.Add(builder.Services);
        }

        var app = builder.Build();
        app.UseWebSockets();
        app.UseToken();
        app.UseRouting();
        foreach (var feature in running)
        {
            feature.Map?.Invoke(app);
        }

        return app;
    }

    /// <summary>
    /// What <see cref="Build(ISettings, IDataFolder, IReadOnlyList{Feature}, bool)"/> would refuse, without building.
    /// </summary>
    /// <exception cref="SettingsException">A role that does not exist, or a certificate that cannot be used.</exception>
    public static void Check(BridgeOptions options, IReadOnlyList<Feature> features)
    {
        Choose(options, features);
        if (options.Tls.Cert is { } certificate)
        {
            CertificateFiles.Load("--tls-cert", certificate, "--tls-key", options.Tls.Key).Dispose();
        }

        if (options.Nats.TlsCert is { } ofServer)
        {
            CertificateFiles.Load("--nats-tls-cert", ofServer, "--nats-tls-key", options.Nats.TlsKey).Dispose();
        }
    }

    private static IReadOnlyList<Feature> Choose(BridgeOptions options, IReadOnlyList<Feature> features)
    {
        if (options.Roles.Count == 0)
        {
            return features;
        }

        var known = features.Select(feature => feature.Role).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (options.Roles.FirstOrDefault(role => !known.Contains(role, StringComparer.Ordinal)) is { } unknown)
        {
            throw new SettingsException($"--role: there is no role '{unknown}'; there are {string.Join(", ", known)}");
        }

        var chosen = new HashSet<string>(options.Roles, StringComparer.Ordinal);
        var needed =
            features.Where(feature => feature.Role is { } role && chosen.Contains(role)).Select(feature => feature.Needs);
        chosen.UnionWith(needed.OfType<string>().ToArray());
        return [.. features.Where(feature => feature.Role is null || chosen.Contains(feature.Role))];
    }

    private static void Listen(KestrelServerOptions kestrel, BridgeOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        var at = HostPort.TryParse(options.Listen, out var endpoint)
            ? endpoint
            : throw new SettingsException($"--listen: '{options.Listen}' is no address and port");
        kestrel.Listen(at.Address, at.Port, listener =>
        {
            listener.Protocols = HttpProtocols.Http1;
            if (options.Tls.Cert is { } certificate)
            {
                listener.UseHttps(CertificateFiles.Load("--tls-cert", certificate, "--tls-key", options.Tls.Key));
            }
        });
    }
}
