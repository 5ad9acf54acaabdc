using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>select</c>.</summary>
internal sealed class SelectComponent : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly IReadOnlyList<string> _options;
    private readonly string _topic;

    public SelectComponent(OptionReader options, EntityServices services)
        : base(options, services, "select", "MQTT Select")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        _options = options.Texts("options") ?? [];
        if (!options.Has("options"))
        {
            options.Fail("options", "expected a list", AnnounceCodes.MissingField);
        }

        DescribeTexts("options", _options);
        AssumeStates(Listen("state_topic", Take));
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["options"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "select_option")
        {
            throw Unknown(action);
        }

        var option = parameters.RequiredText("option");
        Publish(_topic, _command.Render(option, Variables));
        if (IsOptimistic)
        {
            SetState(option);
        }

        return () => Value.StateText == option;
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        if (text.Equals(Rendered.None, StringComparison.OrdinalIgnoreCase))
        {
            SetState(null);
        }
        else if (_options.Contains(text))
        {
            SetState(text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", _options)}");
        }
    }
}
