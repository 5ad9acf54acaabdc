using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>text</c>.</summary>
internal sealed class TextComponent : MqttEntity
{
    private const int Longest = 255;

    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly string _topic;

    public TextComponent(OptionReader options, EntityServices services)
        : base(options, services, "text", "MQTT Text")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        var (min, max) = (options.Whole("min") ?? 0, options.Whole("max") ?? Longest);
        if (min > max)
        {
            options.Fail("max", "expected at least min");
        }
        else if (max > Longest)
        {
            options.Fail("max", $"expected at most {Longest}");
        }

        (Description["min"], Description["max"]) = (min, max);
        Description["mode"] = options.Word("mode", "text", "password");
        Copy("pattern");
        AssumeStates(Listen("state_topic", Take));
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["max", "min", "mode", "pattern"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "set_value")
        {
            throw Unknown(action);
        }

        var text = parameters.RequiredText("value");
        Publish(_topic, _command.Render(text, Variables));
        if (IsOptimistic)
        {
            SetState(text);
        }

        return () => Value.StateText == text;
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text))
        {
            return;
        }

        if (text.EnumerateRunes().Count() > Longest)
        {
            Ignore(message, $"a state has at most {Longest} characters");
            return;
        }

        SetState(text);
    }
}
