using System.Text.Json;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Devices;

/// <summary>The home's reply to an announcement or a removal (docs/devices.md, "Announce").</summary>
public sealed record DiscoveryReply
{
    /// <summary>Whether it was taken, if need be without the entities that <see cref="Errors"/> name.</summary>
    public required bool Ok { get; init; }

    /// <summary>The revision of the stored description.</summary>
    public ulong? Revision { get; init; }

    /// <summary>What was refused, by path, code and message, and whether it stays as it was.</summary>
    public IReadOnlyList<ContractError> Errors { get; init; } = [];

    /// <summary>What was taken, but looks like a mistake.</summary>
    public IReadOnlyList<ContractError> Warnings { get; init; } = [];

    /// <summary>Whether the same again may be taken later: the store had no room, or was away.</summary>
    internal bool MayBeTried => !Ok && Errors.Any(error => error.Code == AnnounceCodes.NotStored);

    /// <summary>Reads a reply; null when it is none.</summary>
    internal static DiscoveryReply? Read(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var json = JsonDocument.Parse(utf8);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("ok", out var ok)
                || ok.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            {
                return null;
            }

            return new DiscoveryReply
            {
                Ok = ok.GetBoolean(),
                Revision = root.TryGetProperty("revision", out var given) && given.TryGetUInt64(out var number) ? number : null,
                Errors = List(root, "errors"),
                Warnings = List(root, "warnings"),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ContractError[] List(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(Error)]
            : [];

    private static ContractError Error(JsonElement item) => new(Text(item, "path"), Text(item, "code"), Text(item, "message"))
    {
        Kept = item.TryGetProperty("kept", out var kept) && kept.ValueKind == JsonValueKind.True,
    };

    private static string Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
