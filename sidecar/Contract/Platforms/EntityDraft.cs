using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>An announced entity while it is checked: what was given, what is wrong with it, and what is corrected.</summary>
internal sealed class EntityDraft(string path, JsonElement given)
{
    private readonly Dictionary<string, string> _corrected = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leftOut = new(StringComparer.Ordinal);

    /// <summary>Its path: <c>entities[1]</c>.</summary>
    public string Path { get; } = path;

    public JsonElement Given { get; } = given;

    public List<ContractError> Errors { get; } = [];

    public List<ContractError> Warnings { get; } = [];

    /// <summary>Texts that are written in another spelling than given.</summary>
    public IReadOnlyDictionary<string, string> Corrected => _corrected;

    public bool Has(string field) =>
        !_leftOut.Contains(field) && Given.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    public string? Text(string field) =>
        Has(field) ? _corrected.GetValueOrDefault(field) ?? JsonFields.Text(Given, field) : null;

    public double? Number(string field) =>
        Given.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    public IEnumerable<string> Texts(string field) =>
        Given.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)
            : [];

    public void Correct(string field, string text) => _corrected[field] = text;

    /// <summary>Leaves a field out of the normal form, as if it had not been given.</summary>
    public void LeaveOut(string field) => _leftOut.Add(field);

    public void Error(string field, string message, string code = AnnounceCodes.InvalidValue) =>
        Errors.Add(new ContractError(JsonPath.Member(Path, field), code, message));

    public void Warn(string field, string message, string code = AnnounceCodes.InvalidValue) =>
        Warnings.Add(new ContractError(JsonPath.Member(Path, field), code, message));

    /// <summary>An error when the first number is above the second. Equal limits are right: Home Assistant takes them.</summary>
    public void RequireAtMost(string lower, string upper)
    {
        if (Number(lower) is { } min && Number(upper) is { } max && min > max)
        {
            Error(upper, $"expected at least {lower}");
        }
    }
}
