using System.Text.Json;
using System.Text.RegularExpressions;
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
    private readonly Regex? _pattern;
    private readonly int _min;
    private readonly int _max;

    public TextComponent(OptionReader options, EntityServices services)
        : base(options, services, "text", "MQTT Text")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        (_min, _max) = (options.Whole("min") ?? 0, options.Whole("max") ?? Longest);
        _pattern = PatternOf(options.Text("pattern"));
        if (_min > _max)
        {
            options.Fail("max", "expected at least min");
        }
        else if (_max > Longest)
        {
            options.Fail("max", $"expected at most {Longest}");
        }

        (Description["min"], Description["max"]) = (_min, _max);
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

        // Home Assistant refuses such a state, so that the last one stays.
        var length = text.EnumerateRunes().Count();
        if (length < _min || length > _max)
        {
            Ignore(message, $"expected a text of {_min} to {_max} characters, got {length}");
        }
        else if (_pattern?.IsMatch(text) == false)
        {
            Ignore(message, "the text does not match the pattern");
        }
        else
        {
            SetState(text);
        }
    }

    /// <summary>What is no pattern here, the check of the description reports.</summary>
    private static Regex? PatternOf(string? pattern)
    {
        try
        {
            return pattern is null
                ? null
                : new Regex($"^(?:{pattern})", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
