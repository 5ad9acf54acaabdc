using System.Text.Json;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>A request as it came over the wire.</summary>
/// <param name="Api">Its subject behind the prefix, for example <c>STREAM.INFO.ORDERS</c>.</param>
/// <param name="Body">Its payload.</param>
/// <param name="ReplyTo">Where the answer goes.</param>
internal sealed record ApiRequest(string Api, string Body, string ReplyTo)
{
    /// <summary>The fields of the payload; none where it is empty.</summary>
    public JsonElement Json => JsonDocument.Parse(Body.Length == 0 ? "{}" : Body).RootElement;

    /// <summary>The names of the fields, in order of the alphabet.</summary>
    public IEnumerable<string> Fields => Json.EnumerateObject().Select(static x => x.Name).Order(StringComparer.Ordinal);

    public long Number(string field) => Json.GetProperty(field).GetInt64();

    public string? Text(string field) => Json.GetProperty(field).GetString();
}
