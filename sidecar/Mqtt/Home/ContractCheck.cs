using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Mqtt.Home;

/// <summary>Checks a description as the sidecar will, so that who sent it reads what is wrong in its own words.</summary>
internal static class ContractCheck
{
    private const string Prefix = "entities[0].";

    /// <summary>What is wrong with an entity.</summary>
    public static IReadOnlyList<ContractError> ErrorsOf(EntityPart part)
    {
        var entity = part.Entity.Description.DeepClone().AsObject();
        (entity["key"], entity["platform"]) = (part.Key, part.Entity.Platform);
        var announcement = new JsonObject
        {
            ["schema"] = AnnouncementReader.Schema,
            ["type"] = part.Device.Id.Type,
            ["id"] = part.Device.Id.Id,
            ["name"] = part.Device.Id.Id,
            ["entities"] = new JsonArray(entity),
        };
        var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcement.ToJsonString()));
        return [.. result.Errors.Select(error => error with
        {
            Path = error.Path.StartsWith(Prefix, StringComparison.Ordinal) ? error.Path[Prefix.Length..] : "",
        })];
    }
}
