namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>
/// What every response tells a browser, errors included: nothing is stored, guessed, framed, or sent on, and nothing is loaded or
/// executed unless a page allows it (<see cref="Policy"/>).
/// </summary>
internal sealed class ResponseHeaders(RequestDelegate next)
{
    /// <summary>The policy of a response that is no page.</summary>
    public const string Policy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return next(context);
    }
}
