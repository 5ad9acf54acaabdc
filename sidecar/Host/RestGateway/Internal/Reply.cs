using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.RestGateway.Internal;

/// <summary>Answers of the gateway, and what it reads of requests.</summary>
internal static class Reply
{
    public static Task JsonAsync(HttpContext context, int status, JsonNode body) =>
        BytesAsync(context, status, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()));

    public static async Task BytesAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }

    public static Task ErrorAsync(HttpContext context, int status, string code, string message) => JsonAsync(
        context, status, new JsonObject { ["ok"] = false, ["error"] = new JsonObject { ["code"] = code, ["message"] = message } });

    public static Task UnknownAsync(HttpContext context) => ErrorAsync(
        context,
        StatusCodes.Status404NotFound,
        CommandCodes.InvalidCommand,
        $"There is no device {context.Request.RouteValues["type"]}.{context.Request.RouteValues["id"]}.");

    public static Task NotReadyAsync(HttpContext context) => ErrorAsync(
        context, StatusCodes.Status503ServiceUnavailable, CommandCodes.Busy, "The sidecar has not read its devices from NATS yet.");

    /// <summary>The device in the path; null: none could have this name.</summary>
    public static DeviceId? DeviceOf(HttpContext context) =>
        DeviceId.TryParse($"{context.Request.RouteValues["type"]}.{context.Request.RouteValues["id"]}", out var device) ? device : null;

    /// <summary>The body; null: it is larger, and was answered with 413.</summary>
    public static async Task<byte[]?> BodyAsync(HttpContext context, int most)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > most)
            {
                await ErrorAsync(
                    context, StatusCodes.Status413PayloadTooLarge, AnnounceCodes.TooLarge, $"The body has more than {most / 1024} KiB.");
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}
