using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>What <c>date</c>, <c>time</c> and <c>datetime</c> have in common.</summary>
internal abstract class MomentEntity : MqttEntity
{
    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly string _topic;
    private readonly string _parameter;

    protected MomentEntity(OptionReader options, EntityServices services, string platform, string name)
        : base(options, services, platform, name)
    {
        _parameter = platform;
        _topic = options.RequiredPublication("command_topic");
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        AssumeStates(Listen("state_topic", Take));
    }

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "set_value")
        {
            throw Unknown(action);
        }

        var text = parameters.RequiredText(_parameter);
        if (Read(text) is not var (value, state, sent))
        {
            throw new CommandRefusedException(
                CommandCodes.InvalidParameter, $"{_parameter}: got {text}, expected an ISO 8601 one");
        }

        Publish(_topic, _command.IsGiven ? _command.Render(value, Variables) : _command.Render(sent, Variables));
        if (IsOptimistic)
        {
            SetState(state);
        }

        return () => Value.StateText is { } now && Read(now)?.State == state;
    }

    /// <summary>
    /// Reads a parameter or a state: what templates get, the state, and the text that is sent without a template.
    /// </summary>
    protected abstract (object Value, string State, string Sent)? Read(string text);

    /// <summary>The state of a payload; null, and noted, where it is none.</summary>
    protected abstract string? StateOf(string text, in MqttMessage message);

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == Rendered.None)
        {
            SetState(null);
        }
        else if (StateOf(text, message) is { } state)
        {
            SetState(state);
        }
    }
}

/// <summary><c>date</c>.</summary>
internal sealed class DateComponent(OptionReader options, EntityServices services)
    : MomentEntity(options, services, "date", "MQTT Date")
{
    /// <inheritdoc/>
    protected override (object Value, string State, string Sent)? Read(string text)
    {
        if (!DateOnly.TryParse(text, CultureInfo.InvariantCulture, out var date))
        {
            return null;
        }

        var iso = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return (date, iso, iso);
    }

    /// <inheritdoc/>
    protected override string? StateOf(string text, in MqttMessage message)
    {
        if (Moments.TryParse(text, Services.Time, out var time, out _))
        {
            return time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        }

        Ignore(message, $"got {text}, expected a date");
        return null;
    }
}

/// <summary><c>time</c>.</summary>
internal sealed class TimeComponent(OptionReader options, EntityServices services)
    : MomentEntity(options, services, "time", "MQTT Time")
{
    /// <inheritdoc/>
    protected override (object Value, string State, string Sent)? Read(string text)
    {
        if (!TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out var time))
        {
            return null;
        }

        var sent = time.ToString("HH:mm:ss", CultureInfo.InvariantCulture) + Moments.FractionOf(time.Ticks);
        return (time, time.ToString("HH:mm:ss", CultureInfo.InvariantCulture), sent);
    }

    /// <inheritdoc/>
    protected override string? StateOf(string text, in MqttMessage message)
    {
        if (Moments.TryParse(text, Services.Time, out var time, out _))
        {
            return time.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        }

        Ignore(message, $"got {text}, expected a time");
        return null;
    }
}
