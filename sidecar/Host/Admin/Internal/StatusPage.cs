using System.Security.Cryptography;
using System.Text;

namespace HaNatsBridge.Host.Admin.Internal;

/// <summary>The answer at <c>/</c>: the product, its status in a word, and where to read on. No data, for it is public.</summary>
internal static class StatusPage
{
    private const string Project = "https://github.com/hanatsbridge/hanatsbridge";
    private const string Style = "body { font: 1.1em/1.6 sans-serif; max-width: 32em; margin: 4em auto; padding: 0 1em }";

    /// <summary>Its own style and nothing else.</summary>
    private static readonly string Policy =
        $"{ResponseHeaders.Policy}; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'";

    public static async Task WriteAsync(HttpContext context, string status)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = Policy;
        await context.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes($"""
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width">
                <title>HaNatsBridge</title>
                <style>{Style}</style>
                </head>
                <body>
                <h1>HaNatsBridge</h1>
                <p>Status: <strong>{status}</strong></p>
                <p>The home itself is shown in Home Assistant.</p>
                <ul>
                <li><a href="{Project}#readme">What this is</a></li>
                <li><a href="{Project}/blob/main/docs/home-assistant.md">Connect Home Assistant</a></li>
                <li><a href="{Project}/blob/main/docs/operations.md">Settings and health checks</a></li>
                </ul>
                </body>
                </html>
                """),
            context.RequestAborted);
    }
}
