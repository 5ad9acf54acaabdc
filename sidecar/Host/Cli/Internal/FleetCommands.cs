using System.CommandLine;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>
/// <c>device</c>, <c>gateway</c> and <c>client</c>, each with <c>add|list|remove</c>: beside a running sidecar, or without one.
/// </summary>
internal sealed class FleetCommands(IReadOnlyList<Setting> table)
{
    public Command CreateDevice() => new("device", "Credentials of devices")
    {
        CreateAddDevice(),
        CreateList("device", credential => !credential.IsGateway && credential.Client is null),
        CreateRemove(
            "Revoke a device's credential and cut its connection",
            [new Argument<string>("TYPE"), new Argument<string>("ID")],
            texts => DeviceArgument.Parse(texts[0], texts[1]).ToString()),
    };

    public Command CreateGateway() => new("gateway", "Credentials of gateways: one for every device of a type")
    {
        CreateAddGateway(),
        CreateList("gateway", credential => credential.IsGateway),
        CreateRemove(
            "Revoke a gateway's credential and cut its connection",
            [new Argument<string>("TYPE")],
            texts => $"{Safe(texts[0])}.*"),
    };

    public Command CreateClient() => new("client", "Credentials of programs that use Home Assistant or subjects of their own")
    {
        CreateAddClient(),
        CreateList("client", credential => credential.Client is not null),
        CreateRemove(
            "Revoke a client's credential and cut its connection",
            [new Argument<string>("NAME")],
            texts => Safe(texts[0], "NAME")),
    };

    private Command CreateAddDevice()
    {
        var type = new Argument<string>("TYPE");
        var id = new Argument<string>("ID");
        var subs = new Option<string[]>("--sub")
        {
            HelpName = "[TYPE.]ID",
            Description = "A device behind it; may be given more than once",
            AllowMultipleArgumentsPerToken = true,
        };
        var mqtt = new Option<bool>("--mqtt") { Description = "It comes by MQTT (--mqtt-listen): a user and password" };
        var topics = new Option<string[]>("--topic")
        {
            HelpName = "FILTER",
            Description = "With --mqtt: a topic that it may use, with + and #; may be given more than once",
            DefaultValueFactory = _ => [],
        };
        var command = new Command("add", "Make a credential for a device; its secret is shown once") { type, id, subs, mqtt, topics };
        return CreateAdd(command, (parsed, fleet, password, cancellationToken) =>
        {
            var device = DeviceArgument.Parse(parsed.GetRequiredValue(type), parsed.GetRequiredValue(id));
            var below = (parsed.GetValue(subs) ?? [])
                .Select(sub => DeviceArgument.Parse(sub.Contains('.', StringComparison.Ordinal) ? sub : $"{device.Type}.{sub}"))
                .ToArray();
            var filters = parsed.GetValue(topics) ?? [];
            if (parsed.GetValue(mqtt))
            {
                return below.Length > 0
                    ? throw new SettingsException("--sub is for NATS: its discovery messages say what is behind an MQTT device")
                    : () => fleet.AddMqttAsync(device, filters, cancellationToken);
            }

            if (filters.Length > 0)
            {
                throw new SettingsException("--topic goes with --mqtt");
            }

            return () => fleet.AddDeviceAsync(device, below, password, cancellationToken);
        });
    }

    private Command CreateAddGateway()
    {
        var type = new Argument<string>("TYPE");
        var command = new Command("add", "Make a credential for every device of a type; its secret is shown once") { type };
        return CreateAdd(command, (parsed, fleet, password, cancellationToken) =>
        {
            var named = Safe(parsed.GetRequiredValue(type));
            return () => fleet.AddGatewayAsync(named, password, cancellationToken);
        });
    }

    private Command CreateAddClient()
    {
        var name = new Argument<string>("NAME");
        var actions = new Option<string[]>("--actions")
        {
            HelpName = "LIST",
            Description = "Actions that it may call: light.turn_on, light.*, *.turn_on, *; separated by commas",
            AllowMultipleArgumentsPerToken = true,
        };
        var states = new Option<bool>("--states") { Description = "It may read Home Assistant's states" };
        var events = new Option<bool>("--events") { Description = "It may follow Home Assistant's events (home.events.>)" };
        var subjects = new Option<string[]>("--subjects")
        {
            HelpName = "LIST",
            Description = "Subjects of its own on which it publishes and subscribes: garden.>, house.buttons; separated by commas",
            AllowMultipleArgumentsPerToken = true,
        };
        var command = new Command("add", "Make a credential for a program; its secret is shown once")
        {
            name, actions, states, events, subjects,
        };
        return CreateAdd(command, (parsed, fleet, password, cancellationToken) =>
        {
            var own = Split(parsed.GetValue(subjects)).ToArray();
            var rights = new ClientRights(
                [.. Split(parsed.GetValue(actions)).Select(Pattern).Distinct()],
                parsed.GetValue(states),
                parsed.GetValue(events),
                own.Length == 0 ? null : [.. own.Select(Subject).Distinct()]);
            var named = Safe(parsed.GetRequiredValue(name), "NAME");
            return rights is { Actions.Count: 0, States: false, Events: false, Subjects: null }
                ? throw new SettingsException("say what it may do: --actions LIST, --states, --events, --subjects LIST")
                : () => fleet.AddClientAsync(named, rights, password, cancellationToken);
        });
    }

    private static string Pattern(string text) => ClientRights.ReadPattern(text) ?? throw new SettingsException(
        $"--actions: '{text}' is no pattern: light.turn_on, light.*, *.turn_on or *; a * stands for a whole word");

    private static string Subject(string text) => ClientRights.IsSubject(text) ? text : throw new SettingsException(
        $"--subjects: '{text}' is no subject of its own: garden.pump, garden.* or garden.>, with letters, digits, - and _");

    private static IEnumerable<string> Split(string[]? lists) =>
        (lists ?? []).SelectMany(list => list.Split(',', StringSplitOptions.TrimEntries));

    private Command CreateAdd(Command command, Func<ParseResult, IFleet, bool, CancellationToken, Func<Task<NewCredential>>> read)
    {
        var password = new Option<bool>("--password") { Description = "A user and password instead of an NKey" };
        var output = new Option<string?>("--out")
        {
            HelpName = "FILE", Description = "Write the secret to this file (mode 0600) instead of showing it",
        };
        command.Options.Add(password);
        command.Options.Add(output);
        return With(command, DataFolderFeature.OpenShared, (parsed, fleet, cancellationToken) => CredentialText.MakeAsync(
            parsed.InvocationConfiguration.Output,
            parsed.GetValue(output),
            read(parsed, fleet, parsed.GetValue(password), cancellationToken)));
    }

    private Command CreateList(string kind, Func<Credential, bool> include)
    {
        var command = new Command("list", $"List the credentials of {kind}s, without their secrets");
        return With(command, DataFolderFeature.LookInto, async (parsed, fleet, _) =>
        {
            var found = fleet.List().Where(include).ToList();
            foreach (var one in found)
            {
                var devices = one.Client is { } client ? CredentialText.Of(client)
                    : one.Mqtt is { } mqtt ? CredentialText.Of(mqtt)
                    : one.IsGateway ? $"every {one.Type}" : string.Join(" ", one.Devices);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(
                    $"{one.Name,-32} {(one.PasswordHash is null ? one.Login : "password")}  {one.Created:yyyy-MM-dd}  {devices}");
            }

            if (found.Count == 0)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"No {kind} has a credential.");
            }

            return ExitCodes.Ok;
        });
    }

    private Command CreateRemove(string help, Argument<string>[] arguments, Func<string[], string> nameOf)
    {
        var command = new Command("remove", help);
        foreach (var argument in arguments)
        {
            command.Arguments.Add(argument);
        }

        return With(command, DataFolderFeature.LookInto, async (parsed, fleet, cancellationToken) =>
        {
            var name = nameOf(Array.ConvertAll(arguments, parsed.GetRequiredValue));
            if (!await fleet.RemoveAsync(name, cancellationToken))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{name} has no credential.");
                return ExitCodes.Failed;
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"The credential of {name} is revoked.");
            return ExitCodes.Ok;
        });
    }

    private Command With(
        Command command, Func<BridgeOptions, IDataFolder> open, Func<ParseResult, IFleet, CancellationToken, Task<int>> run)
    {
        var flags = SettingsFlags.AddTo(command, table, SettingsFlags.IsOfServer);
        command.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var options = flags.Read(parsed).Current;
            await using var services = CommandServices.Build(options, open(options));
            return await run(parsed, services.GetRequiredService<IFleet>(), cancellationToken);
        }));
        return command;
    }

    private static string Safe(string text, string what = "TYPE") =>
        Token.IsValid(text) ? text : throw new SettingsException($"'{text}' is no {what}: letters, digits, - and _, at most 64");
}
