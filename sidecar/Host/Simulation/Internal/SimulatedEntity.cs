using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>One entity of a simulated device.</summary>
/// <param name="key">Its key.</param>
/// <param name="platform">Home Assistant's platform.</param>
/// <param name="fields">Its further fields in the announcement; the name null makes it the device's main feature.</param>
internal abstract class SimulatedEntity(string key, string platform, object fields)
{
    public string Key { get; } = key;

    public string Platform { get; } = platform;

    public object Fields { get; } = fields;

    /// <summary>Its state, a scalar or an object; null for a button or an event, which have none.</summary>
    public virtual object? State => null;

    /// <summary>Its picture with its type, to be published once; null: none.</summary>
    public virtual (byte[] Bytes, string ContentType)? Picture => null;

    /// <exception cref="CommandException">It refuses.</exception>
    public virtual void Execute(DeviceCommand command) => throw CommandException.UnknownAction(command.Action);

    /// <summary>Lets that much time pass; returns whether the state changed.</summary>
    public virtual bool Advance(TimeSpan elapsed, Random random) => false;

    protected static void Expect(DeviceCommand command, string action)
    {
        if (command.Action != action)
        {
            throw CommandException.UnknownAction(command.Action);
        }
    }

    protected static double Number(DeviceCommand command, string parameter, double low, double high) =>
        command.Get<double>(parameter) is var number && number >= low && number <= high
            ? number
            : throw CommandException.Parameter(parameter);

    protected static string OneOf(DeviceCommand command, string parameter, string[] options) =>
        command.Get<string>(parameter) is var option && options.Contains(option)
            ? option
            : throw CommandException.Parameter(parameter);
}
