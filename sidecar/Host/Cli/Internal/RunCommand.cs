using System.CommandLine;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using Microsoft.AspNetCore.Connections;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>run</c>: the sidecar, until SIGINT or SIGTERM.</summary>
internal static class RunCommand
{
    private const string Listen = "--listen";

    public static Command Create(IReadOnlyList<Feature> features, IReadOnlyList<Setting> table)
    {
        var command = new Command("run", "Run the sidecar (and the embedded NATS server, unless --nats names another)");
        var check = new Option<bool>("--check")
        {
            Description = "Only check settings, data folder and ports: start nothing, change nothing",
        };
        command.Options.Add(check);
        var flags = SettingsFlags.AddTo(command, table);
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var settings = flags.Read(parsed);
            var options = settings.Current;
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(check))
            {
                BridgeHost.Check(options, features);
                DataFolderFeature.RequireUnused(options);
                RequirePorts(options, DataFolderFeature.Look(options));
                await output.WriteLineAsync("The settings are valid; the data folder and the ports are free.");
                return ExitCodes.Ok;
            }

            var folder = DataFolderFeature.Open(options);
            try
            {
                RequirePorts(options, folder);
                using var signals = new StopSignals(cancellationToken);
                await new HostRunner(settings, folder, features, TimeProvider.System)
                    .RunAsync(app => WriteAsync(output, app, options, folder), signals.Token);
                return ExitCodes.Ok;
            }
            catch (IOException exception) when (exception.InnerException is AddressInUseException
                && HostPort.TryParse(options.Listen, out var at))
            {
                throw new IOException(ListenProbe.Taken(at, Listen), exception);
            }
            finally
            {
                (folder as IDisposable)?.Dispose();
            }
        }));
        return command;
    }

    /// <summary>
    /// Looked at before anything is started, so that a person reads one line and not the web server's stack trace. A port that is
    /// taken at the start is a setting to correct; one that is taken later, while the sidecar runs, is tried again.
    /// </summary>
    private static void RequirePorts(BridgeOptions options, IDataFolder folder)
    {
        if (HostPort.TryParse(options.Listen, out var at) && ListenProbe.ProblemOf(at, Listen) is { } problem)
        {
            throw new IOException(problem);
        }

        EmbeddedFeature.RequireListen(options, folder, TimeProvider.System);
    }

    private static async Task WriteAsync(TextWriter output, WebApplication app, BridgeOptions options, IDataFolder folder)
    {
        await output.WriteLineAsync($"hub and API   {string.Join(", ", app.Urls)}");
        await output.WriteLineAsync($"NATS          {NatsUrl(options, app.Services)}");
        if (options.Nats.Url is null && app.Services.GetRequiredService<IEmbeddedServer>().Access.Tls?.CaFile is { } authority)
        {
            await output.WriteLineAsync($"NATS CA       {authority}");
        }

        await output.WriteLineAsync($"access token  {folder.TokenFile}");
        await output.FlushAsync();
    }

    private static string NatsUrl(BridgeOptions options, IServiceProvider services) => options.Nats.Url is { } configured
        ? NatsUrls.WithoutUser(configured)
        : services.GetRequiredService<IEmbeddedServer>().Access.Url;
}
