using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>lock</c>.</summary>
internal sealed class LockComponent : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly (string Payload, string State)[] _states;
    private readonly string _topic;
    private readonly string _lock;
    private readonly string _unlock;
    private readonly string? _open;
    private readonly string _reset;

    public LockComponent(OptionReader options, EntityServices services)
        : base(options, services, "lock", "MQTT Lock")
    {
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        (_lock, _unlock) = (options.Text("payload_lock", "LOCK"), options.Text("payload_unlock", "UNLOCK"));
        _open = options.Text("payload_open");
        _reset = options.Text("payload_reset", Rendered.None);
        // In the order in which Home Assistant looks at them.
        _states =
        [
            (options.Text("state_jammed", "JAMMED"), "jammed"), (options.Text("state_opening", "OPENING"), "opening"),
            (options.Text("state_locking", "LOCKING"), "locking"), (options.Text("state_open", "OPEN"), "open"),
            (options.Text("state_unlocking", "UNLOCKING"), "unlocking"), (options.Text("state_locked", "LOCKED"), "locked"),
            (options.Text("state_unlocked", "UNLOCKED"), "unlocked"),
        ];
        Copy("code_format");
        Feature("open", _open is not null);
        FeaturesAreComplete();
        AssumeStates(Listen("state_topic", Take));
        if (IsOptimistic)
        {
            SetState("unlocked");
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["changed_by", "code_format"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        var (payload, state, meanwhile) = action switch
        {
            "lock" => (_lock, "locked", "locking"),
            "unlock" => (_unlock, "unlocked", "unlocking"),
            "open" when _open is not null => (_open, "open", "opening"),
            _ => throw Unknown(action),
        };
        Publish(_topic, _command.Render(
            payload, Variables, new Dictionary<string, object?> { ["code"] = parameters.Text("code") }));
        if (IsOptimistic)
        {
            SetState(state);
        }

        return () => Value.StateText == state || Value.StateText == meanwhile;
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        if (text == _reset)
        {
            SetState(null);
        }
        else if (_states.FirstOrDefault(one => one.Payload == text).State is { } state)
        {
            SetState(state);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", _states.Select(one => one.Payload))}");
        }
    }
}
