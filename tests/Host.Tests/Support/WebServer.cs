using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A web server in this process, which plays devices and programs.</summary>
internal sealed class WebServer(WebApplication app) : IAsyncDisposable
{
    public Func<HttpContext, Task> Handle { get; set; } = _ => Task.CompletedTask;

    public string Address => new Uri(app.Urls.First()).Authority;

    public static async Task<WebServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new WebServer(app);
        app.Run(context => server.Handle(context));
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(soon.Token);
        await app.DisposeAsync();
    }
}
