using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What was left out of an announcement, for people: <c>heating (entities[1].hvac_mods): expected …; …</c>.</summary>
internal static class LeftOut
{
    private const int Most = 5;
    private const string Entities = "entities[";

    /// <summary>
    /// The first few, and how many more there are. Each names the entity's key where it has one that can be read.
    /// </summary>
    public static string Describe(IReadOnlyList<ContractError> errors, ReadOnlyMemory<byte> announced)
    {
        using var document = JsonDocument.Parse(announced);
        var text = new StringBuilder();
        foreach (var error in errors.Take(Most))
        {
            text.Append(text.Length > 0 ? "; " : "");
            text.Append(KeyOf(document.RootElement, error.Path) is { } key ? $"{key} ({error.Path})" : error.Path).Append(": ")
                .Append(error.Message);
        }

        return errors.Count > Most
            ? text.Append(CultureInfo.InvariantCulture, $"; and {errors.Count - Most} more").ToString()
            : text.ToString();
    }

    private static string? KeyOf(JsonElement root, string path)
    {
        if (!path.StartsWith(Entities, StringComparison.Ordinal)
            || !int.TryParse(
                path.AsSpan(Entities.Length, Math.Max(0, path.IndexOf(']', StringComparison.Ordinal) - Entities.Length)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var index)
            || !root.TryGetProperty("entities", out var entities)
            || index >= entities.GetArrayLength()
            || entities[index].ValueKind != JsonValueKind.Object
            || !entities[index].TryGetProperty("key", out var key)
            || key.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        return Token.IsValid(key.GetString()) ? key.GetString() : null;
    }
}
