using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.Webhooks;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Requires the token: <c>Authorization: Bearer …</c>, or <c>?access_token=…</c> from a browser's WebSocket to the hub, which can
/// set no header; nowhere else, because addresses end up in logs and histories. Public are the bare health status, the page at
/// <c>/</c> and what a page needs below <c>/assets</c>: nothing of them contains data. A webhook has a secret of its own. A 401 is sent before any upgrade.
/// </summary>
internal sealed class TokenGate(RequestDelegate next, IDataFolder folder, AdminMetrics metrics)
{
    public const string HealthPath = "/api/health";
    private const string Scheme = "Bearer ";
    private static readonly object Key = new();

    public static bool HasToken(HttpContext context) => context.Items.ContainsKey(Key);

    public Task InvokeAsync(HttpContext context)
    {
        if (folder.IsToken(TokenOf(context)))
        {
            context.Items[Key] = Key;
            return next(context);
        }

        if (IsPublic(context.Request))
        {
            return next(context);
        }

        metrics.Refused();
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private static bool IsPublic(HttpRequest request) =>
        request.Path.StartsWithSegments(WebhooksFeature.Path, StringComparison.Ordinal)
        || (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && (request.Path.Value is HealthPath or "/" || request.Path.StartsWithSegments("/assets", StringComparison.Ordinal));

    private static string TokenOf(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.Authorization is [{ } header, ..])
        {
            return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        }

        var isHub = request.Path.Value == HomeAssistantFeature.Path && context.WebSockets.IsWebSocketRequest;
        return isHub && request.Query["access_token"] is [{ } query, ..] ? query : "";
    }
}
