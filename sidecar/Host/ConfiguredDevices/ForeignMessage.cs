using System.Text.Json;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>A message of a program that does not know the home. It is parsed once, for all entities.</summary>
/// <param name="payload">Its bytes.</param>
/// <param name="variables">What templates know of it besides <c>value</c> and <c>value_json</c>.</param>
public sealed class ForeignMessage(ReadOnlyMemory<byte> payload, IReadOnlyDictionary<string, object?> variables)
{
    private const int MaxDepth = 64;
    private readonly Lazy<JsonElement?> _json = new(() => Parse(payload));

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;

    /// <summary>What templates know of it besides <c>value</c> and <c>value_json</c>.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; } = variables;

    /// <summary>The payload as JSON; null when it is none.</summary>
    public JsonElement? Json => _json.Value;

    private static JsonElement? Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
