using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Redaction;

/// <summary>The secrets among a command's parameters. Immutable.</summary>
public sealed class CommandSecrets
{
    /// <summary>A shorter one is in too many words to be searched for.</summary>
    private const int ShortestSearched = 3;

    private readonly List<string> _secrets = [];

    private CommandSecrets(EntityDescription? entity, string action, JsonElement parameters)
    {
        Params = parameters;
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        // Without a description any value may be a secret.
        var hidesAll = entity?.HasSecretState != false;
        var rule = entity?.Rules.Platform.FindAction(action);
        // A misspelt name tells nothing about its value: "cod" may hold a code.
        bool IsHidden(JsonProperty property) =>
            hidesAll || rule?.FindParam(property.Name) is null || Redactor.IsSecret(property);
        if (!parameters.EnumerateObject().Any(IsHidden) && !Redactor.HasSecret(parameters))
        {
            return;
        }

        var output = new ArrayBufferWriter<byte>(256);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            foreach (var property in parameters.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                if (IsHidden(property))
                {
                    writer.WriteStringValue(Redactor.Mask);
                }
                else
                {
                    Redactor.Write(writer, property.Value);
                }
            }

            writer.WriteEndObject();
        }

        foreach (var property in parameters.EnumerateObject())
        {
            Collect(property.Value, IsHidden(property));
        }

        _secrets.Sort((left, right) => right.Length.CompareTo(left.Length));
        Params = JsonElement.Parse(output.WrittenSpan);
    }

    /// <summary>The parameters without their secrets: the same where there is none.</summary>
    public JsonElement Params { get; }

    /// <summary>Finds the secrets of a command.</summary>
    /// <param name="entity">The entity; null: it is not known.</param>
    /// <param name="action">The action: a parameter that it does not have is masked, too.</param>
    /// <param name="parameters">The command's data; anything but an object has none.</param>
    public static CommandSecrets Of(EntityDescription? entity, string action, JsonElement parameters) =>
        new(entity, action, parameters);

    /// <summary>
    /// A text, as the device's own error, without these secrets and those that <see cref="Redactor.Text"/> finds.
    /// </summary>
    public string Hide(string text) =>
        _secrets.Aggregate(
            Redactor.Text(text), (hidden, secret) => hidden.Replace(secret, Redactor.Mask, StringComparison.Ordinal));

    private void Collect(JsonElement value, bool isSecret)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    Collect(property.Value, isSecret || Redactor.IsSecret(property));
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Collect(item, isSecret);
                }

                break;
            case JsonValueKind.String or JsonValueKind.Number when isSecret:
                var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
                if (text.Length >= ShortestSearched)
                {
                    _secrets.Add(text);
                }

                break;
        }
    }
}
