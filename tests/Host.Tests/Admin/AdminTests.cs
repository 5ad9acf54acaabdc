using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Admin;

public sealed class AdminTests
{
    private readonly Part _part = new();
    private TempFolder _temp = null!;
    private IDataFolder _folder = null!;
    private WebApplication _app = null!;
    private HttpClient _client = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        var options = new BridgeOptions { Data = _temp.Path, Listen = "127.0.0.1:0" };
        _folder = DataFolderFeature.Open(options);
        Feature[] features =
        [
            new(
                null,
                services => services.AddRepairs().AddAdmin().AddSingleton<IHealthContributor>(_part),
                app => app.MapAdmin()),
            new("extra", services => services, app => app.MapGet("/extra", context => context.Response.WriteAsync("extra"))),
        ];
        _app = BridgeHost.Build(options, _folder, features, console: false);
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    [TearDown]
    public async Task TearDown()
    {
        _client.Dispose();
        await _app.DisposeAsync();
        ((IDisposable)_folder).Dispose();
        _temp.Dispose();
    }

    [Test]
    public async Task Without_the_token_health_says_only_the_status()
    {
        _part.Now = new HealthReport(HealthState.Ok);
        (await _client.GetStringAsync("/api/health")).ShouldBe("""{"status":"ok"}""");
    }

    [Test]
    public async Task Without_the_token_the_whole_report_is_never_made()
    {
        _part.Now = new HealthReport(HealthState.Ok);
        _part.Reports = 0;
        for (var i = 0; i < 10; i++)
        {
            await _client.GetStringAsync("/api/health");
        }

        _part.Reports.ShouldBe(0);
        WithToken();
        await _client.GetStringAsync("/api/health");
        _part.Reports.ShouldBe(1);
    }

    [Test]
    public async Task Who_is_refused_for_the_token_is_counted()
    {
        (await _client.GetAsync("/metrics")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _client.GetAsync("/hub?access_token=wrong")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", File.ReadAllText(_folder.TokenFile).Trim());
        var line = (await _client.GetStringAsync("/metrics")).Split('\n')
            .Single(one => one.Contains("unauthorized") && !one.StartsWith('#'));
        line.ShouldEndWith(" 2");
    }

    [Test]
    public async Task Health_is_503_before_ready_and_200_from_then_on_also_when_degraded()
    {
        _part.Now = new HealthReport(HealthState.Starting);
        (await _client.GetAsync("/api/health")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        _part.Now = new HealthReport(HealthState.Ok);
        (await _client.GetAsync("/api/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
        _part.Now = new HealthReport(HealthState.Degraded, "no disk");
        var degraded = await _client.GetAsync("/api/health");
        degraded.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await degraded.Content.ReadAsStringAsync()).ShouldBe("""{"status":"degraded"}""");
        _part.Now = new HealthReport(HealthState.Starting);
        (await _client.GetAsync("/api/health")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task With_the_token_health_says_what_every_feature_reports_and_which_repairs_stand()
    {
        _part.Now = new HealthReport(HealthState.Degraded, "no disk", new() { ["free"] = 3 });
        _app.Services.GetRequiredService<IRepairs>()
            .Raise(new Repair("a.b", "a", "warning", new Dictionary<string, string> { ["device"] = "b" }));
        WithToken();

        using var health = JsonDocument.Parse(await _client.GetStringAsync("/api/health"));
        var part = health.RootElement.GetProperty("parts").GetProperty("part");
        part.GetProperty("status").GetString().ShouldBe("degraded");
        part.GetProperty("message").GetString().ShouldBe("no disk");
        part.GetProperty("free").GetInt32().ShouldBe(3);
        health.RootElement.GetProperty("repairs")[0].GetProperty("placeholders").GetProperty("device").GetString().ShouldBe("b");
    }

    [Test]
    public async Task The_page_at_the_root_and_assets_are_public_and_contain_no_data()
    {
        _part.Now = new HealthReport(HealthState.Degraded, "no disk");
        _part.Reports = 0;
        var page = await _client.GetAsync("/");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        var text = await page.Content.ReadAsStringAsync();
        text.ShouldContain("<strong>degraded</strong>");
        text.ShouldNotContain("no disk");
        text.ShouldNotContain(Host.Health.Product.Version);
        _part.Reports.ShouldBe(0);
        (await _client.GetAsync("/assets/nothing.js")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _client.PostAsync("/", null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [TestCase("/metrics")]
    [TestCase("/assetsandmore")]
    [TestCase("/assets/../metrics")]
    [TestCase("/Assets/x")]
    [TestCase("/extra")]
    [TestCase("/hub")]
    [TestCase("/nowhere")]
    public async Task Everything_else_is_401_without_the_token(string path)
    {
        (await _client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await _client.GetAsync(path + "?access_token=wrong")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        (await _client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Token());
        (await _client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_wrong_header_is_not_healed_by_a_right_query()
    {
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        (await _client.GetAsync("/extra?access_token=" + Token())).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task The_token_opens_in_the_header_and_not_in_the_query()
    {
        foreach (var path in new[] { "/extra", "/metrics", "/hub", "/hub/negotiate" })
        {
            (await _client.GetAsync($"{path}?access_token={Token()}")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
        }

        _part.Now = new HealthReport(HealthState.Ok);
        (await _client.GetStringAsync("/api/health?access_token=" + Token())).ShouldBe("""{"status":"ok"}""");
        WithToken();
        (await _client.GetStringAsync("/extra")).ShouldBe("extra");
    }

    [Test]
    public async Task A_web_socket_of_the_api_is_not_opened_by_the_query()
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        var url = new UriBuilder(_client.BaseAddress!) { Scheme = "ws", Path = "/extra", Query = "access_token=" + Token() }.Uri;
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(url, CancellationToken.None));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [TestCase("/", HttpStatusCode.OK)]
    [TestCase("/api/health", HttpStatusCode.OK)]
    [TestCase("/assets/nothing.js", HttpStatusCode.NotFound)]
    [TestCase("/metrics", HttpStatusCode.Unauthorized)]
    [TestCase("/hub", HttpStatusCode.Unauthorized)]
    public async Task Every_response_keeps_browsers_from_storing_guessing_framing_and_loading(string path, HttpStatusCode status)
    {
        var response = await _client.GetAsync(path);
        response.StatusCode.ShouldBe(status);
        string Header(string name) => string.Join(',', response.Headers.GetValues(name));
        Header("X-Content-Type-Options").ShouldBe("nosniff");
        Header("Cache-Control").ShouldBe("no-store");
        Header("Referrer-Policy").ShouldBe("no-referrer");
        Header("X-Frame-Options").ShouldBe("DENY");
        var policy = Header("Content-Security-Policy");
        policy.ShouldStartWith("default-src 'none'");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
    }

    [Test]
    public async Task The_status_page_may_use_its_own_style()
    {
        var page = await _client.GetAsync("/");
        var text = await page.Content.ReadAsStringAsync();
        var style = text[(text.IndexOf("<style>", StringComparison.Ordinal) + 7)..text.IndexOf("</style>", StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(style)));
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain($"style-src 'sha256-{hash}'");
    }

    [Test]
    public async Task Metrics_are_prometheus_text_of_every_meter_of_the_house()
    {
        using var meter = new Meter("HaNatsBridge.Test");
        var counter = meter.CreateCounter<long>("test.things", null, "Things");
        var duration = meter.CreateHistogram<double>("test.time", "s", "How long");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "a\"b"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "a\"b"));
        duration.Record(0.003);
        WithToken();

        var text = await _client.GetStringAsync("/metrics");
        text.ShouldContain("# TYPE hanatsbridge_test_things_total counter");
        text.ShouldContain("""hanatsbridge_test_things_total{otel_scope_name="HaNatsBridge.Test",kind="a\"b"} 5""");
        text.ShouldContain("""hanatsbridge_test_time_seconds_bucket{otel_scope_name="HaNatsBridge.Test",le="0.005"} 1""");
        text.ShouldContain("""hanatsbridge_test_time_seconds_count{otel_scope_name="HaNatsBridge.Test"} 1""");
        text.ShouldContain("hanatsbridge_process_rss_anon_bytes");
    }

    [Test]
    public async Task More_series_than_the_bound_become_one()
    {
        using var meter = new Meter("HaNatsBridge.Flood");
        var counter = meter.CreateCounter<long>("flood.things", null, "Things");
        for (var i = 0; i < Host.Admin.Internal.Telemetry.MostSeries + 100; i++)
        {
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        }

        WithToken();
        var text = await _client.GetStringAsync("/metrics");
        text.Split('\n').Count(line => line.StartsWith("hanatsbridge_flood_things_total", StringComparison.Ordinal))
            .ShouldBeLessThanOrEqualTo(Host.Admin.Internal.Telemetry.MostSeries + 1);
        text.ShouldContain("otel_metric_overflow");
    }

    [Test]
    public void A_role_that_does_not_exist_is_named()
    {
        var options = new BridgeOptions { Data = _temp.Path, Roles = ["extra", "nonsense"] };
        Should.Throw<SettingsException>(
            () => BridgeHost.Build(options, _folder, [new("extra", services => services)], console: false))
            .Message.ShouldContain("'nonsense'; there are extra");
    }

    [Test]
    public async Task A_chosen_role_brings_the_role_that_it_needs()
    {
        using var temp = new TempFolder();
        var options = new BridgeOptions { Data = temp.Path, Listen = "127.0.0.1:0", Roles = ["second"] };
        var folder = DataFolderFeature.OpenShared(options);
        var running = new List<string>();
        Feature Role(string name, string? needs = null) => new(name, services =>
        {
            running.Add(name);
            return services;
        }) { Needs = needs };

        await using var app = BridgeHost.Build(
            options,
            folder,
            [new(null, services => services.AddRepairs().AddAdmin()), Role("first"), Role("second", "first"), Role("other")],
            console: false);
        running.ShouldBe(["first", "second"]);
    }

    [Test]
    public async Task With_a_certificate_everything_speaks_https()
    {
        using var temp = new TempFolder();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await File.WriteAllTextAsync(temp.Of("cert.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(temp.Of("key.pem"), key.ExportPkcs8PrivateKeyPem());
        var tls = new TlsOptions { Cert = temp.Of("cert.pem"), Key = temp.Of("key.pem") };
        var options = new BridgeOptions { Data = temp.Path, Listen = "127.0.0.1:0", Tls = tls };
        var folder = DataFolderFeature.Open(options);
        await using (var app = BridgeHost.Build(
            options, folder, [new(null, services => services.AddRepairs().AddAdmin(), app => app.MapAdmin())], console: false))
        {
            await app.StartAsync();
            app.Urls.First().ShouldStartWith("https://");
            using var handler = new HttpClientHandler();
            handler.ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == certificate.Thumbprint;
            using var client = new HttpClient(handler);
            (await client.GetStringAsync(app.Urls.First() + "/api/health")).ShouldBe("""{"status":"ok"}""");
        }

        ((IDisposable)folder).Dispose();
    }

    [Test]
    public void A_certificate_that_is_none_is_named()
    {
        File.WriteAllText(_temp.Of("cert.pem"), "nonsense");
        var options =
            new BridgeOptions { Data = _temp.Path, Listen = "127.0.0.1:0", Tls = new TlsOptions { Cert = _temp.Of("cert.pem") } };
        Should.Throw<SettingsException>(() =>
        {
            var app = BridgeHost.Build(
                options, _folder, [new(null, services => services.AddRepairs().AddAdmin())], console: false);
            app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>();
        }).Message.ShouldContain("cert.pem");
    }

    private string Token() => File.ReadAllText(_folder.TokenFile).Trim();

    private void WithToken() => _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token());

    private sealed class Part : IHealthContributor
    {
        public HealthReport Now { get; set; } = new(HealthState.Ok);

        public string Name => "part";

        public int Reports { get; set; }

        public HealthState State() => Now.State;

        public HealthReport Report()
        {
            Reports++;
            return Now;
        }
    }
}
