using System.CommandLine;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>forget TYPE ID</c>: removes a device, as deleting it in Home Assistant does. The running sidecar does it.</summary>
internal static class ForgetCommand
{
    public static Command Create(IReadOnlyList<Setting> table)
    {
        var type = new Argument<string>("TYPE");
        var id = new Argument<string>("ID");
        var command = new Command("forget", "Remove a device and its states; it comes back when it announces itself again")
        {
            type, id,
        };
        var flags = SettingsFlags.AddTo(
            command, table, flag => SettingsFlags.IsOfServer(flag) || flag is "--nats-creds" or "--nats-ca");
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var device = DeviceArgument.Parse(parsed.GetRequiredValue(type), parsed.GetRequiredValue(id));
            var options = flags.Read(parsed).Current;
            await using var services = CommandServices.Build(options, DataFolderFeature.Look(options));
            var server = services.GetRequiredService<IEmbeddedServer>();
            if (server.IsUsed && !(Directory.Exists(DataFolderFeature.PathOf(options)) && server.IsRunning))
            {
                throw new IOException(
                    $"No sidecar runs on {DataFolderFeature.PathOf(options)}. Start it (./bridge run), and try again.");
            }

            var login = LinkFeature.ShortLived(options.Nats, server, "hanatsbridge forget");
            if (await new NatsDiagnosis(login, isEmbedded: server.IsUsed).FindAsync(cancellationToken) is { } problem)
            {
                throw new IOException(problem.ToString());
            }

            await using var connection = new NatsConnection(login);
            var prefix = server.IsUsed ? server.Access.Prefix : options.Prefix;
            var isRemoved = await RegistryFeature.RemoveAsync(connection, prefix, device, cancellationToken);
            await (isRemoved ? parsed.InvocationConfiguration.Output : parsed.InvocationConfiguration.Error).WriteLineAsync(
                isRemoved
                    ? $"{device} is removed. It comes back when it announces itself again."
                    : $"The sidecar does not know {device}.");
            return isRemoved ? ExitCodes.Ok : ExitCodes.Failed;
        }));
        return command;
    }
}
