using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>lawn_mower</c>.</summary>
internal sealed class LawnMowerComponent : MqttEntity
{
    private static readonly string[] Activities = ["mowing", "paused", "docked", "returning", "idle", "error"];

    private static readonly (string Action, string Activity)[] Actions =
        [("start_mowing", "mowing"), ("pause", "paused"), ("dock", "docked"), ("stop", "idle")];

    private readonly Dictionary<string, (string Topic, CommandTemplate Command)> _commands = new(StringComparer.Ordinal);
    private readonly ValueTemplate _template;

    public LawnMowerComponent(OptionReader options, EntityServices services)
        : base(options, services, "lawn_mower", "MQTT Lawn Mower")
    {
        _template = options.ValueTemplate("activity_value_template");
        foreach (var (action, _) in Actions)
        {
            var command = options.CommandTemplate($"{action}_command_template");
            if (options.Publication($"{action}_command_topic") is { } topic)
            {
                _commands[action] = (topic, command);
                Feature(action);
            }
        }

        FeaturesAreComplete();
        AssumeStates(Listen("activity_state_topic", Take));
    }

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (!_commands.TryGetValue(action, out var command))
        {
            throw Unknown(action);
        }

        Publish(command.Topic, command.Command.Render(action, Variables));
        var activity = Actions.First(one => one.Action == action).Activity;
        if (IsOptimistic)
        {
            SetState(activity);
        }

        return () => Value.StateText == activity || (action == "dock" && Value.StateText == "returning");
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text.Equals(Rendered.None, StringComparison.OrdinalIgnoreCase))
        {
            SetState(null);
        }
        else if (Activities.Contains(text))
        {
            SetState(text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", Activities)}");
        }
    }
}
