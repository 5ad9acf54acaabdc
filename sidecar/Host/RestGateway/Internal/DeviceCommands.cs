using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.RestGateway.Internal;

/// <summary>Answers <c>POST /api/devices/{type}/{id}/{key}/{action}</c> with the device's own answer.</summary>
internal sealed class DeviceCommands(IDeviceRegistry registry, ICommandRouter router)
{
    private const int MostBytes = 64 * 1024;
    private const int LongestId = 64;

    public async Task PostAsync(HttpContext context)
    {
        if (!registry.Ready.IsCompletedSuccessfully)
        {
            await Reply.NotReadyAsync(context);
            return;
        }

        var values = context.Request.RouteValues;
        if (Reply.DeviceOf(context) is not { } id || !registry.TryGet(id, out var device)
            || !device.Description.TryGetEntity($"{values["key"]}", out var entity))
        {
            await Reply.ErrorAsync(
                context, StatusCodes.Status404NotFound, CommandCodes.InvalidCommand,
                $"There is no entity {values["type"]}.{values["id"]}.{values["key"]}.");
            return;
        }

        if (await Reply.BodyAsync(context, MostBytes) is not { } body)
        {
            return;
        }

        if (Parse(body) is not { } parameters)
        {
            await Reply.ErrorAsync(
                context, StatusCodes.Status400BadRequest, CommandCodes.InvalidParameter,
                "The body is a JSON object with the action's data, or empty.");
            return;
        }

        var key = context.Request.Headers["Idempotency-Key"].ToString();
        var outcome = await router.ExecuteAsync(
            new CommandRequest
            {
                Entity = new EntityId(id, entity.Key),
                Action = $"{values["action"]}",
                Params = parameters,
                Id = key.Length is > 0 and <= LongestId && Token.IsValid(key) ? key : null,
                Origin = "rest",
            },
            context.RequestAborted);
        await AnswerAsync(context, outcome);
    }

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(body.Length == 0 ? "{}"u8 : body);
            return json.ValueKind == JsonValueKind.Object ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext context, CommandOutcome outcome)
    {
        var body = new JsonObject { ["ok"] = outcome.Ok, ["id"] = outcome.Id };
        if (outcome.Ok)
        {
            Add(body, "state", outcome.State);
            Add(body, "response", outcome.Response);
            if (outcome.Confirmed is { } confirmed)
            {
                body["confirmed"] = confirmed;
            }

            return Reply.JsonAsync(context, StatusCodes.Status200OK, body);
        }

        if (outcome.RetryAfter is { } after)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        body["error"] = new JsonObject
        {
            ["code"] = outcome.Code, ["message"] = outcome.Message, ["retryable"] = outcome.Retryable,
        };
        return Reply.JsonAsync(context, StatusOf(outcome.Code), body);
    }

    private static int StatusOf(string? code) => code switch
    {
        CommandCodes.InvalidCommand or CommandCodes.InvalidParameter => StatusCodes.Status400BadRequest,
        CommandCodes.Unauthorized => StatusCodes.Status403Forbidden,
        CommandCodes.Busy or CommandCodes.RateLimited => StatusCodes.Status429TooManyRequests,
        CommandCodes.DeviceOffline or CommandCodes.NoResponders => StatusCodes.Status503ServiceUnavailable,
        CommandCodes.Timeout => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status502BadGateway,
    };

    private static void Add(JsonObject body, string name, ReadOnlyMemory<byte>? json)
    {
        if (json is { } bytes)
        {
            body[name] = JsonNode.Parse(bytes.Span);
        }
    }
}
