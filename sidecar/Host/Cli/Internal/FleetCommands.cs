using System.CommandLine;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>device add|list|remove</c> and <c>gateway add|list|remove</c>: beside a running sidecar, or without one.</summary>
internal static class FleetCommands
{
    public static Command CreateDevice(IReadOnlyList<Setting> table) => new("device", "Credentials of devices")
    {
        CreateAdd(table),
        CreateList(table),
        CreateRemove(
            table,
            "Revoke a device's credential and cut its connection",
            [new Argument<string>("TYPE"), new Argument<string>("ID")],
            texts => Parse(texts[0], texts[1]).ToString()),
    };

    public static Command CreateGateway(IReadOnlyList<Setting> table) => new("gateway", "Credentials of gateways: one for every device of a type")
    {
        CreateAddGateway(table),
        CreateList(table),
        CreateRemove(table, "Revoke a gateway's credential and cut its connection", [new Argument<string>("TYPE")], texts => $"{Safe(texts[0])}.*"),
    };

    private static Command CreateAdd(IReadOnlyList<Setting> table)
    {
        var type = new Argument<string>("TYPE");
        var id = new Argument<string>("ID");
        var subs = new Option<string[]>("--sub") { HelpName = "[TYPE.]ID", Description = "A device behind it; may be given more than once", AllowMultipleArgumentsPerToken = true };
        var password = Password();
        var output = Output();
        var command = new Command("add", "Make a credential for a device; its secret is shown once") { type, id, subs, password, output };
        return With(table, command, async (parsed, fleet, _, cancellationToken) =>
        {
            var device = Parse(parsed.GetRequiredValue(type), parsed.GetRequiredValue(id));
            var below = (parsed.GetValue(subs) ?? []).Select(sub => sub.Contains('.', StringComparison.Ordinal) ? Parse(sub) : Parse(device.Type, sub)).ToArray();
            return await CredentialText.MakeAsync(
                parsed.InvocationConfiguration.Output, parsed.GetValue(output), () => fleet.AddDeviceAsync(device, below, parsed.GetValue(password), cancellationToken));
        });
    }

    private static Command CreateAddGateway(IReadOnlyList<Setting> table)
    {
        var type = new Argument<string>("TYPE");
        var password = Password();
        var output = Output();
        var command = new Command("add", "Make a credential for every device of a type; its secret is shown once") { type, password, output };
        return With(table, command, async (parsed, fleet, _, cancellationToken) =>
        {
            var named = Safe(parsed.GetRequiredValue(type));
            return await CredentialText.MakeAsync(
                parsed.InvocationConfiguration.Output, parsed.GetValue(output), () => fleet.AddGatewayAsync(named, parsed.GetValue(password), cancellationToken));
        });
    }

    private static Command CreateList(IReadOnlyList<Setting> table) => With(table, new Command("list", "List the credentials"), async (parsed, fleet, _, _) =>
    {
        foreach (var one in fleet.List())
        {
            var speaksFor = one.IsGateway ? $"every {one.Type}" : string.Join(" ", one.Devices);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"{one.Name,-32} {(one.PasswordHash is null ? one.Login : "password")}  {one.Created:yyyy-MM-dd}  {speaksFor}");
        }

        return ExitCodes.Ok;
    });

    private static Command CreateRemove(IReadOnlyList<Setting> table, string help, Argument<string>[] arguments, Func<string[], string> nameOf)
    {
        var command = new Command("remove", help);
        foreach (var argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        return With(table, command, async (parsed, fleet, _, cancellationToken) =>
        {
            var name = nameOf(Array.ConvertAll(arguments, parsed.GetRequiredValue));
            if (!await fleet.RemoveAsync(name, cancellationToken))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{name} has no credential");
                return ExitCodes.Failed;
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{name} is revoked");
            return ExitCodes.Ok;
        });
    }

    private static Option<bool> Password() => new("--password") { Description = "A user and password instead of an NKey" };

    private static Option<string?> Output() => new("--out") { HelpName = "FILE", Description = "Write the secret to this file (mode 0600) instead of showing it" };

    private static Command With(
        IReadOnlyList<Setting> table, Command command, Func<ParseResult, IFleet, IDataFolder, CancellationToken, Task<int>> run)
    {
        var settings = SettingsFlags.AddTo(command, table, flag => flag is "--data" or "--prefix" or "--nats" or "--nats-listen");
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var options = settings.Read(parsed).Current;
            var folder = DataFolderFeature.OpenShared(options);
            await using var services = new ServiceCollection()
                .AddLogging().AddSingleton(TimeProvider.System).AddSettings(SettingsFeature.Fixed(options)).AddDataFolder(folder).AddEmbeddedAccess().AddFleet().BuildServiceProvider();
            return await run(parsed, services.GetRequiredService<IFleet>(), folder, cancellationToken);
        }));
        return command;
    }

    private static DeviceId Parse(string type, string id) => Parse($"{type}.{id}");

    private static DeviceId Parse(string text) =>
        DeviceId.TryParse(text, out var device) ? device : throw new SettingsException($"'{text}' names no device: TYPE and ID are letters, digits, - and _, at most 64 each");

    private static string Safe(string type) =>
        Token.IsValid(type) ? type : throw new SettingsException($"'{type}' is no TYPE: letters, digits, - and _, at most 64");
}
