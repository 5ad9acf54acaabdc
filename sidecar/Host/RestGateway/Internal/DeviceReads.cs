using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.RestGateway.Internal;

/// <summary>Answers <c>GET /api/devices</c> and <c>GET /api/devices/{type}/{id}</c>.</summary>
internal sealed class DeviceReads(IDeviceRegistry registry, IStateStore states)
{
    private const int UsualPage = 100;
    private const int LargestPage = 1000;

    public Task ListAsync(HttpContext context)
    {
        if (!IsReady)
        {
            return Reply.NotReadyAsync(context);
        }

        var query = context.Request.Query;
        var after = query["after"].ToString();
        var limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            ? Math.Clamp(given, 1, LargestPage) : UsualPage;
        var page = registry.Snapshot()
            .OrderBy(device => device.Description.Id.ToString(), StringComparer.Ordinal)
            .SkipWhile(device => after.Length > 0 && string.CompareOrdinal(device.Description.Id.ToString(), after) <= 0)
            .Take(limit + 1).ToList();
        var next = page.Count > limit ? page[limit - 1].Description.Id.ToString() : null;
        return Reply.JsonAsync(context, StatusCodes.Status200OK, new JsonObject
        {
            ["devices"] = new JsonArray([.. page.Take(limit).Select(Describe)]),
            ["next"] = next,
        });
    }

    public Task GetAsync(HttpContext context) =>
        !IsReady ? Reply.NotReadyAsync(context)
        : Reply.DeviceOf(context) is { } id && registry.TryGet(id, out var device)
            ? Reply.JsonAsync(context, StatusCodes.Status200OK, Describe(device))
            : Reply.UnknownAsync(context);

    private bool IsReady => registry.Ready.IsCompletedSuccessfully && states.Ready.IsCompletedSuccessfully;

    /// <summary>The description, whether it is online, and the last state of each entity.</summary>
    private JsonNode Describe(RegisteredDevice device)
    {
        var json = JsonNode.Parse(device.Description.Json.Span)!.AsObject();
        json["revision"] = device.Revision;
        json["online"] = device.Availability.Online;
        json["since"] = device.Availability.Since.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var all = new JsonObject();
        foreach (var entity in device.Description.Entities.Where(entity => entity.HasState))
        {
            if (states.TryGet(new EntityId(device.Description.Id, entity.Key), out var state))
            {
                all[entity.Key] = entity.HasSecretState ? "***" : JsonNode.Parse(state.Value.Span);
            }
        }

        json["states"] = all;
        return json;
    }
}
