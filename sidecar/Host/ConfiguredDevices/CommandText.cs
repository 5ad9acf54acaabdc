using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>
/// What is sent for a command: one text or template for all actions, one for each action, or, without any, the action and its
/// parameters as JSON.
/// </summary>
public sealed class CommandText
{
    private readonly TemplateText? _all;
    private readonly Dictionary<string, TemplateText>? _actions;

    private CommandText(TemplateText? all, Dictionary<string, TemplateText>? actions) => (_all, _actions) = (all, actions);

    /// <summary>Reads it; null: the action and its parameters as JSON.</summary>
    /// <exception cref="SettingsException">A template is wrong.</exception>
    public static CommandText Read(SettingNode? node) => node switch
    {
        null => new CommandText(null, null),
        { IsMap: true } => new CommandText(null, node.Members.ToDictionary(
            member => member.Name, member => TemplateText.Read(member.Node), StringComparer.Ordinal)),
        _ => new CommandText(TemplateText.Read(node), null),
    };

    /// <summary>What templates know of a command.</summary>
    public static Dictionary<string, object?> VariablesOf(DeviceCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var parameters = command.Params.ValueKind == JsonValueKind.Object ? command.Params.Clone() : default;
        var first = parameters.ValueKind == JsonValueKind.Object ? parameters.EnumerateObject().ToList() : [];
        return new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["action"] = command.Action,
            ["params"] = parameters.ValueKind == JsonValueKind.Object ? parameters : new Dictionary<string, object?>(),
            ["value"] = first is [var only] ? only.Value : null,
            ["type"] = command.Device.Type,
            ["id"] = command.Device.Id,
            ["key"] = command.Entity,
        };
    }

    /// <summary>The text for a command.</summary>
    /// <exception cref="CommandException">There is none for this action, or the template fails.</exception>
    public string Render(DeviceCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (_actions is not null && !_actions.ContainsKey(command.Action))
        {
            throw new CommandException(
                CommandCodes.InvalidCommand, $"The settings have nothing for the action {command.Action} of {command.Device}.");
        }

        if ((_actions?[command.Action] ?? _all) is not { } template)
        {
            return JsonSerializer.Serialize(new { action = command.Action, @params = command.Params });
        }

        try
        {
            return template.Render(VariablesOf(command));
        }
        catch (FormatException exception)
        {
            throw new CommandException(CommandCodes.InternalError, $"{command.Device}: {exception.Message}.");
        }
    }
}
