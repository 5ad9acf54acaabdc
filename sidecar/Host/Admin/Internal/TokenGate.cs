using HaNatsBridge.Host.DataFolder;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// Lets in who bears the token: <c>Authorization: Bearer …</c>, or <c>?access_token=…</c> from a browser's WebSocket, which can set no header.
/// Only the bare health status is for everyone. A 401 is answered before any upgrade.
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

        if (context.Request.Path.Equals(HealthPath, StringComparison.Ordinal) && HttpMethods.IsGet(context.Request.Method))
        {
            return next(context);
        }

        metrics.Refused();
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    private static string TokenOf(HttpRequest request)
    {
        if (request.Headers.Authorization is [{ } header, ..])
        {
            return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        }

        return request.Query["access_token"] is [{ } query, ..] ? query : "";
    }
}
