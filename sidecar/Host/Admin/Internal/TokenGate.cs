using HaNatsBridge.Host.DataFolder;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Requires the token: <c>Authorization: Bearer …</c>, or <c>?access_token=…</c> from a browser's WebSocket, which can set no
/// header. Public are the bare health status, the page at <c>/</c> and what a page needs below <c>/assets</c>: nothing of them
/// contains data. A 401 is sent before any upgrade.
/// </summary>
internal sealed class TokenGate(RequestDelegate next, IDataFolder folder, AdminMetrics metrics)
{
    public const string HealthPath = "/api/health";
    private const string Scheme = "Bearer ";
    private static readonly object Key = new();

    public static bool HasToken(HttpContext context) => context.Items.ContainsKey(Key);

    public Task InvokeAsync(HttpContext context)
    {
        if (folder.IsToken(TokenOf(context.Request)))
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
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && (request.Path.Value is HealthPath or "/" || request.Path.StartsWithSegments("/assets", StringComparison.Ordinal));

    private static string TokenOf(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } header, ..])
        {
            return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        }

        return request.Query["access_token"] is [{ } query, ..] ? query : "";
    }
}
