using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A plug.</summary>
internal sealed class SwitchEntity(string key)
    : SimulatedEntity(key, "switch", new { name = (string?)null, device_class = "outlet" })
{
    public bool IsOn { get; private set; }

    public override object State => IsOn ? "on" : "off";

    public override void Execute(DeviceCommand command) => IsOn = command.Action switch
    {
        "turn_on" => true,
        "turn_off" => false,
        _ => throw CommandException.UnknownAction(command.Action),
    };
}

/// <summary>A door lock that can also open the door.</summary>
internal sealed class LockEntity(string key)
    : SimulatedEntity(key, "lock", new { name = (string?)null, supported_features = Features })
{
    private static readonly string[] Features = ["open"];
    private string _state = "locked";
    private string _by = "key";

    public override object State => new { state = _state, changed_by = _by };

    public override void Execute(DeviceCommand command)
    {
        _state = command.Action switch
        {
            "lock" => "locked",
            "unlock" => "unlocked",
            "open" => "open",
            _ => throw CommandException.UnknownAction(command.Action),
        };
        _by = "home";
    }
}

/// <summary>A number that people set.</summary>
internal sealed class NumberEntity(string key, string name)
    : SimulatedEntity(key, "number", new { name, min = Least, max = Most, step = 1, mode = "slider", unit_of_measurement = "%" })
{
    private const double Least = 0;
    private const double Most = 100;
    private double _value = 50;

    public override object State => _value;

    public override void Execute(DeviceCommand command)
    {
        Expect(command, "set_value");
        _value = Number(command, "value", Least, Most);
    }
}

/// <summary>One of several options.</summary>
internal sealed class SelectEntity(string key, string name, string[] options)
    : SimulatedEntity(key, "select", new { name, options })
{
    private string _option = options[0];

    public override object State => _option;

    public override void Execute(DeviceCommand command)
    {
        Expect(command, "select_option");
        _option = OneOf(command, "option", options);
    }
}

/// <summary>A text that people set.</summary>
internal sealed class TextEntity(string key, string name) : SimulatedEntity(key, "text", new { name, max = Longest })
{
    private const int Longest = 40;
    private string _text = "Hello";

    public override object State => _text;

    public override void Execute(DeviceCommand command)
    {
        Expect(command, "set_value");
        _text = command.Get<string>("value") is { Length: <= Longest } text ? text : throw CommandException.Parameter("value");
    }
}

/// <summary>A button that does something in the device.</summary>
internal sealed class ButtonEntity(string key, string name, Action pressed) : SimulatedEntity(key, "button", new { name })
{
    public override void Execute(DeviceCommand command)
    {
        Expect(command, "press");
        pressed();
    }
}

/// <summary>A doorbell that rings about once a minute, and when its test button is pressed.</summary>
internal sealed class EventEntity(string key)
    : SimulatedEntity(key, "event", new { name = (string?)null, device_class = "doorbell", event_types = new[] { Ring } })
{
    public const string Ring = "ring";
    private const double RingsASecond = 1.0 / 60;
    private bool _rings;

    public void Fire() => _rings = true;

    /// <summary>Whether it rang since the last call.</summary>
    public bool TakeRing()
    {
        (var rings, _rings) = (_rings, false);
        return rings;
    }

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        _rings |= random.NextDouble() < RingsASecond * elapsed.TotalSeconds;
        return false;
    }
}
