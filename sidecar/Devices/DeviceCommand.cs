using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Devices;

/// <summary>One command to a device, and what is answered to it (docs/devices.md, "Commands").</summary>
public sealed class DeviceCommand
{
    private readonly CommandEnvelope _envelope;

    /// <summary>A command, as a connection makes it; by hand only in tests of handlers.</summary>
    public DeviceCommand(DeviceId device, CommandEnvelope envelope, TimeSpan remaining) =>
        (Device, _envelope, Remaining) = (device, envelope, remaining);

    /// <summary>The device.</summary>
    public DeviceId Device { get; }

    /// <summary>The command's id; the same one comes to a handler only once.</summary>
    public string Id => _envelope.Id;

    /// <summary>The entity's key.</summary>
    public string Entity => _envelope.Entity;

    /// <summary>The Home Assistant action without its domain: <c>turn_on</c>.</summary>
    public string Action => _envelope.Action;

    /// <summary>The action's data, a JSON object. May hold a code: do not log it.</summary>
    public JsonElement Params => _envelope.Params;

    /// <summary>How long the caller still waited when the handler was called; the handler's token ends then.</summary>
    public TimeSpan Remaining { get; }

    /// <summary>Where it comes from, and the person.</summary>
    public CommandContext Context => _envelope.Context;

    /// <summary>The entity's new state, shown at once as a preview. Publish the state itself, too.</summary>
    public object? Preview { get; set; }

    /// <summary>
    /// Whether what stands behind the device has shown that it was done; null: the device did it itself, which needs no proof.
    /// </summary>
    public bool? Confirmed { get; set; }

    /// <summary>
    /// What still belongs to the command while the next one is carried out, such as waiting for a proof that it was done; the
    /// answer follows it. Null: the answer follows the handler.
    /// </summary>
    public Func<CancellationToken, Task>? Afterwards { get; set; }

    /// <summary>Data for a caller that asks for a response.</summary>
    public object? Response { get; set; }

    /// <summary>The picture that <c>get_image</c> asks for; the reply is these bytes.</summary>
    public ReadOnlyMemory<byte>? Image { get; set; }

    /// <summary>A parameter that must be there.</summary>
    /// <exception cref="CommandException">It is missing or of another type.</exception>
    public T Get<T>(string name) => TryGet<T>(name, out var value) ? value : throw CommandException.Parameter(name);

    /// <summary>A parameter that may be left out; null counts as left out.</summary>
    /// <exception cref="CommandException">It is of another type.</exception>
    public bool TryGet<T>(string name, [NotNullWhen(true)] out T? value)
    {
        value = default;
        if (Params.ValueKind != JsonValueKind.Object
            || !Params.TryGetProperty(name, out var given)
            || given.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        try
        {
            value = given.Deserialize<T>();
            return value is not null;
        }
        catch (JsonException)
        {
            throw CommandException.Parameter(name);
        }
    }
}
