using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using Microsoft.AspNetCore.Connections;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>run</c>: the sidecar, until SIGINT or SIGTERM.</summary>
internal static class RunCommand
{
    public static Command Create(IReadOnlyList<Feature> features, IReadOnlyList<Setting> table)
    {
        var command = new Command("run", "Run the sidecar (and the embedded NATS server, unless --nats names another)");
        var flags = SettingsFlags.AddTo(command, table);
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var settings = flags.Read(parsed);
            var options = settings.Current;
            var folder = DataFolderFeature.Open(options);
            try
            {
                RequireFree(options.Listen);
                using var signals = new StopSignals(cancellationToken);
                var output = parsed.InvocationConfiguration.Output;
                await new HostRunner(settings, folder, features, TimeProvider.System)
                    .RunAsync(app => WriteAsync(output, app, options, folder), signals.Token);
                return ExitCodes.Ok;
            }
            catch (IOException exception) when (exception.InnerException is AddressInUseException)
            {
                throw new IOException(Taken(options.Listen), exception);
            }
            finally
            {
                (folder as IDisposable)?.Dispose();
            }
        }));
        return command;
    }

    /// <summary>
    /// Looked at before anything is started, so that a person reads one line and not the web server's stack trace.
    /// </summary>
    private static void RequireFree(string listen)
    {
        if (!HostPort.TryParse(listen, out var at))
        {
            return;
        }

        try
        {
            using var socket = new Socket(at.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(at.Address, at.Port));
            socket.Listen(1);
        }
        catch (SocketException exception)
        {
            throw new IOException(
                exception.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse => Taken(listen),
                    SocketError.AddressNotAvailable => $"{listen} is no address of this machine. Choose another with --listen.",
                    _ => $"{listen} cannot be listened on: {exception.Message}. Choose another place with --listen.",
                },
                exception);
        }
    }

    private static string Taken(string listen) =>
        $"{listen} is taken by another program. Stop it, or choose another place with --listen.";

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
