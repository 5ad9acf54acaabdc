using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>
/// An entity of a platform's example (contract/fixtures/platforms): it has the example's states, and obeys the example's commands
/// with whatever parameters they come.
/// </summary>
internal sealed class ExampleEntity : SimulatedEntity
{
    private readonly JsonArray _steps;
    private JsonNode? _state;

    /// <param name="description">The entity's description in the example's announcement.</param>
    /// <param name="steps">The example's steps.</param>
    public ExampleEntity(JsonObject description, JsonArray steps)
        : base((string)description["key"]!, (string)description["platform"]!, FieldsOf(description))
    {
        _steps = steps;
        _state = steps
            .Select(step => step?["receives"] is null ? step?["publish"]?[Key] : null)
            .FirstOrDefault(state => state is not null);
    }

    public override object? State => _state;

    public override (byte[] Bytes, string ContentType)? Picture =>
        _steps.Select(step => step?["image"]?[Key]).FirstOrDefault(image => image is not null) is { } image
            ? (BytesOf(image), (string)image["content_type"]!)
            : null;

    public override void Execute(DeviceCommand command)
    {
        var step = _steps.FirstOrDefault(s => (string?)s?["on"] == Key && (string?)s?["receives"]?["action"] == command.Action)
            ?? throw CommandException.UnknownAction(command.Action);
        command.Response = step["answers"]?["response"];
        if (step["answers"]?["image"] is { } image)
        {
            command.Image = BytesOf(image);
        }

        if (step["publish"]?[Key] is not { } published)
        {
            return;
        }

        _state = published.DeepClone();
        foreach (var parameter in command.Params.EnumerateObject())
        {
            Apply(parameter, step["receives"]!["params"]?[parameter.Name]);
        }
    }

    /// <summary>Puts a parameter where the example's own value of it is in the example's state.</summary>
    private void Apply(JsonProperty parameter, JsonNode? example)
    {
        var value = JsonNode.Parse(parameter.Value.GetRawText());
        if (_state is not JsonObject attributes)
        {
            _state = JsonNode.DeepEquals(_state, example) ? value : _state;
        }
        else if (attributes.ContainsKey(parameter.Name))
        {
            attributes[parameter.Name] = value;
        }
        else if (JsonNode.DeepEquals(attributes["state"], example))
        {
            attributes["state"] = value;
        }
    }

    private static byte[] BytesOf(JsonNode image) => Convert.FromBase64String((string)image["base64"]!);

    private static JsonObject FieldsOf(JsonObject description)
    {
        var fields = (JsonObject)description.DeepClone();
        fields.Remove("key");
        fields.Remove("platform");
        return fields;
    }
}
