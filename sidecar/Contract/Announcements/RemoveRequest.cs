using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// A request to remove a device, <c>{"type", "id"}</c> on <c>home.discovery.remove</c> (docs/devices.md, "Announce").
/// </summary>
/// <param name="Device">The device.</param>
public sealed record RemoveRequest(DeviceId Device)
{
    /// <summary>Reads a request; false with the reason when it names no device.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out RemoveRequest? request, out ContractError? error)
    {
        request = null;
        using var document = StrictJson.Parse(utf8, MaxBytes, out error);
        if (document is null)
        {
            return false;
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            error = new ContractError("", AnnounceCodes.InvalidJson, "expected a JSON object {\"type\", \"id\"}");
            return false;
        }

        error = Check(root, "type") ?? Check(root, "id");
        if (error is not null)
        {
            return false;
        }

        request = new RemoveRequest(new DeviceId(root.GetProperty("type").GetString()!, root.GetProperty("id").GetString()!));
        return true;
    }

    private const int MaxBytes = 4096;

    private static ContractError? Check(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return new ContractError(name, AnnounceCodes.MissingField, $"{name} is missing; {Token.Expected}");
        }

        return value.ValueKind == JsonValueKind.String && Token.IsValid(value.GetString())
            ? null
            : new ContractError(name, AnnounceCodes.InvalidValue, Token.Expected);
    }
}
