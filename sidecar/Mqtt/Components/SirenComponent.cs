using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>siren</c>. Tone, volume and duration go along with the command to turn on; a state may tell them.</summary>
internal sealed class SirenComponent : MqttEntity
{
    private readonly CommandTemplate? _command;
    private readonly CommandTemplate? _offCommand;
    private readonly ValueTemplate _template;
    private readonly IReadOnlyList<string> _tones;
    private readonly string _topic;
    private readonly string _payloadOn;
    private readonly string _payloadOff;
    private readonly string _stateOn;
    private readonly string _stateOff;
    private readonly bool _hasDuration;
    private readonly bool _hasVolume;

    public SirenComponent(OptionReader options, EntityServices services)
        : base(options, services, "siren", "MQTT Siren")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.Has("command_template") ? options.CommandTemplate("command_template") : null;
        _offCommand = options.Has("command_off_template") ? options.CommandTemplate("command_off_template") : _command;
        _template = options.ValueTemplate("state_value_template");
        (_payloadOn, _payloadOff) = (options.Text("payload_on", "ON"), options.Text("payload_off", "OFF"));
        _stateOn = options.Text("state_on") is { Length: > 0 } on ? on : _payloadOn;
        _stateOff = options.Text("state_off") is { Length: > 0 } off ? off : _payloadOff;
        _tones = options.Texts("available_tones") ?? [];
        _hasDuration = options.Flag("support_duration", true);
        _hasVolume = options.Flag("support_volume_set", true);
        Feature("turn_on");
        Feature("turn_off");
        Feature("duration", _hasDuration);
        Feature("volume_set", _hasVolume);
        DescribeTexts("available_tones", _tones);
        AssumeStates(Listen("state_topic", Take));
        if (IsOptimistic)
        {
            SetState("off");
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["duration", "tone", "volume_level", "available_tones"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        var isOn = action switch { "turn_on" => true, "turn_off" => false, _ => throw Unknown(action) };
        var variables = new List<KeyValuePair<string, object?>> { new("state", isOn ? _payloadOn : _payloadOff) };
        if (isOn && parameters.ValueKind == JsonValueKind.Object)
        {
            // In the order of the call.
            foreach (var member in parameters.EnumerateObject().Where(member => parameters.Has(member.Name)))
            {
                variables.Add(new(member.Name, member.Name switch
                {
                    "duration" => parameters.RequiredWhole(member.Name),
                    "volume_level" => parameters.RequiredNumber(member.Name),
                    _ => parameters.RequiredText(member.Name),
                }));
            }
        }

        Send(isOn ? _command : _offCommand, variables);
        var state = isOn ? "on" : "off";
        if (IsOptimistic)
        {
            SetState(state);
            foreach (var (name, value) in variables.Skip(1))
            {
                Set(name, value is string text ? text : value is long whole ? whole : (double)value!);
            }
        }

        return () => Value.StateText == state;
    }

    private static bool TryReadDuration(JsonNode? node, out JsonNode? value)
    {
        value = null;
        if (OptionReader.TextOf(node) is not { } text || !PythonNumber.TryParse(text, out double number) || number < 0)
        {
            return false;
        }

        value = (long)number;
        return true;
    }

    private static bool TryReadVolume(JsonNode? node, out JsonNode? value)
    {
        value = null;
        if (OptionReader.TextOf(node) is not { } text || !PythonNumber.TryParse(text, out double number) || number is < 0 or > 1)
        {
            return false;
        }

        value = number;
        return true;
    }

    private void Send(CommandTemplate? template, List<KeyValuePair<string, object?>> variables)
    {
        if (template is null)
        {
            Publish(_topic, JsonText.Of(variables));
            return;
        }

        var payload = template.Render(variables[0].Value, Variables, new Dictionary<string, object?>(variables));
        if (!payload.IsEmpty && !payload.Span.SequenceEqual(Encoding.ASCII.GetBytes(Rendered.None)))
        {
            Publish(_topic, payload);
        }
    }

    private void Set(string name, JsonNode? value)
    {
        var has = name switch { "duration" => _hasDuration, "volume_level" => _hasVolume, _ => _tones.Count > 0 };
        if (has)
        {
            SetAttribute(name, value);
        }
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || text is "" or "{}")
        {
            return;
        }

        if (text == _stateOn || text == _stateOff || text == Rendered.None)
        {
            TakeState(text);
        }
        else if (JsonPayload.TryParse(text, out var all))
        {
            if (all.Remove("state", out var state) && OptionReader.TextOf(state) is { } word)
            {
                TakeState(word);
            }

            TakeAttributes(message, all);
        }
        else
        {
            Ignore(message, $"got {text}, expected {_stateOn}, {_stateOff} or a JSON object");
        }
    }

    private void TakeState(string text)
    {
        if (text == _stateOn)
        {
            SetState("on");
        }

        if (text == _stateOff)
        {
            SetState("off");
        }

        if (text == Rendered.None)
        {
            SetState(null);
        }
    }

    /// <summary>One attribute that is wrong makes all of the message unused, as for Home Assistant.</summary>
    private void TakeAttributes(in MqttMessage message, JsonObject attributes)
    {
        var taken = new List<(string Name, JsonNode? Value)>();
        foreach (var (name, node) in attributes)
        {
            JsonNode? value = null;
            var isRight = name switch
            {
                "duration" => TryReadDuration(node, out value),
                "volume_level" => TryReadVolume(node, out value),
                "tone" => (value = OptionReader.TextOf(node)) is not null
                    && (_tones.Count == 0 || _tones.Contains(OptionReader.TextOf(node)!)),
                _ => false,
            };
            if (!isRight)
            {
                Ignore(message, $"{name} is wrong: expected tone, duration from 0 and volume_level from 0 to 1");
                return;
            }

            taken.Add((name, value));
        }

        foreach (var (name, value) in taken)
        {
            Set(name, value);
        }
    }
}
