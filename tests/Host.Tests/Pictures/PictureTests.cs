using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Tests.State;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Pictures;

/// <summary>Pictures from the device to the client that fetches them by HTTP, with a real server.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class PictureTests(string program)
{
    private const string Images = "home.devices.camera.house.image";
    private const string Porch = "/api/pictures/camera/house/porch";
    private const string Yard = "/api/pictures/camera/house/yard";

    private static readonly byte[] Png = [0x89, .. "PNG\r\n\x1a\n"u8, 1, 2, 3, 0xFF];
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 4, 5, 6];
    private static readonly byte[] Svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"u8.ToArray();

    private TempFolder _folder = null!;
    private StateHome _home = null!;
    private HttpClient _http = null!;
    private INatsSub<byte[]>? _sets;
    private int _asked;

    [SetUp]
    public async Task SetUp()
    {
        _folder = new TempFolder();
        _asked = 0;
        await StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await StopAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_published_picture_is_served_with_its_bytes_and_type()
    {
        await PublishAsync("porch", Png, "image/png");
        using var answer = await GetAsync(Porch, HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Png);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("image/png");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldStartWith("default-src 'none'");
        answer.Content.Headers.LastModified.ShouldNotBeNull();

        var tag = answer.Headers.ETag.ShouldNotBeNull();
        using var same = await SendAsync(Porch, request => request.Headers.IfNoneMatch.Add(tag));
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await same.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();

        await PublishAsync("porch", Jpeg, "image/jpeg");
        await Eventually.TrueAsync(
            async () =>
            {
                using var next = await SendAsync(Porch, request => request.Headers.IfNoneMatch.Add(tag));
                return next.StatusCode == HttpStatusCode.OK
                    && next.Content.Headers.ContentType!.MediaType == "image/jpeg"
                    && (await next.Content.ReadAsByteArrayAsync()).SequenceEqual(Jpeg);
            },
            "the new picture is served");
    }

    [Test]
    public async Task The_largest_picture_that_the_server_takes_is_served()
    {
        var large = new byte[(1 << 20) - 100];
        Png.CopyTo(large, 0);
        new Random(1).NextBytes(large.AsSpan(16));
        await PublishAsync("porch", large, "image/png");
        using var answer = await GetAsync(Porch, HttpStatusCode.OK);
        (await answer.Content.ReadAsByteArrayAsync()).SequenceEqual(large).ShouldBeTrue();
    }

    [Test]
    public async Task Without_the_token_there_is_nothing()
    {
        await PublishAsync("porch", Png, "image/png");
        using var answered = await GetAsync(Porch, HttpStatusCode.OK);
        using var stranger = new HttpClient { BaseAddress = _home.Home.Url };
        foreach (var path in (string[])[Porch, $"{Porch}?access_token={_home.Home.Token}", Yard])
        {
            using var answer = await stranger.GetAsync(path);
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, path);
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        }

        _asked.ShouldBe(0);
    }

    [TestCase("/api/pictures/camera/house/porch", TestName = "A_camera_without_a_picture_has_none")]
    [TestCase("/api/pictures/camera/house/battery", TestName = "A_sensor_has_no_picture")]
    [TestCase("/api/pictures/camera/house/other", TestName = "An_undeclared_key_has_no_picture")]
    [TestCase("/api/pictures/camera/nobody/porch", TestName = "An_unknown_device_has_no_picture")]
    [TestCase("/api/pictures/camera/house/%2e%2e", TestName = "A_key_that_is_none_has_no_picture")]
    public async Task There_is_no_picture(string path)
    {
        await PublishAsync("battery", Png, "image/png");
        await PublishAsync("other", Png, "image/png");
        await PublishAsync("visitor", Png, "image/png");
        using var answered = await GetAsync("/api/pictures/camera/house/visitor", HttpStatusCode.OK);
        using var answer = await GetAsync(path, HttpStatusCode.NotFound);
        if (answer.Content.Headers.ContentLength > 0)
        {
            (await ErrorAsync(answer)).Code.ShouldBe("NO_PICTURE");
        }
    }

    [TestCase("image/svg+xml")]
    [TestCase("text/html")]
    [TestCase("application/octet-stream")]
    public async Task A_message_of_another_type_is_not_retained(string type)
    {
        await PublishAsync("porch", Png, "image/png");
        using var before = await GetAsync(Porch, HttpStatusCode.OK);
        await PublishAsync("porch", Svg, type);
        using var answer = await GetAsync(Porch, HttpStatusCode.NotFound);
        await Eventually.TrueAsync(async () => (await SubjectsAsync()).Count == 0, "it is deleted");
        Pictures.ProblemsOf(new("camera", "house"))["porch"].ShouldContain(type);

        await PublishAsync("porch", Png, "image/png");
        using var after = await GetAsync(Porch, HttpStatusCode.OK);
        Pictures.ProblemsOf(new("camera", "house")).ShouldBeEmpty();
    }

    [Test]
    public async Task Bytes_that_are_no_picture_are_not_sent_whatever_the_device_calls_them()
    {
        await PublishAsync("porch", Svg, "image/png");
        using var answer = await GetAsync(Porch, HttpStatusCode.BadGateway);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        (await ErrorAsync(answer)).Message.ShouldContain("no picture");
        answer.Headers.ETag.ShouldBeNull();
    }

    [Test]
    public async Task A_requested_picture_is_the_devices_reply_and_those_who_ask_together_share_it()
    {
        var released = new TaskCompletionSource();
        await AnswerAsync(async message =>
        {
            await released.Task;
            await message.ReplyAsync(Jpeg);
        });
        var answers = Enumerable.Range(0, 10).Select(_ => SendAsync(Yard)).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref _asked) > 0, "the device is asked");
        released.SetResult();
        foreach (var answer in await Task.WhenAll(answers))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/jpeg");
            (await answer.Content.ReadAsByteArrayAsync()).ShouldBe(Jpeg);
            answer.Dispose();
        }

        // Whoever came after the reply caused a command of his own.
        _asked.ShouldBeLessThan(10);
        using var later = await GetAsync(Yard, HttpStatusCode.OK);
        later.Headers.ETag.ShouldBeNull();
    }

    [Test]
    public async Task A_caller_who_leaves_does_not_end_the_request_of_the_others()
    {
        var released = new TaskCompletionSource();
        await AnswerAsync(async message =>
        {
            await released.Task;
            await message.ReplyAsync(Jpeg);
        });
        using var leaves = new CancellationTokenSource();
        var first = _http.GetAsync(Yard, leaves.Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref _asked) == 1, "the device is asked");
        var second = SendAsync(Yard);
        await leaves.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => first);
        released.SetResult();
        using var answer = await second;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("""{"ok":false,"error":{"code":"BUSY","message":"The lens is being cleaned"}}""", HttpStatusCode.ServiceUnavailable, "BUSY")]
    [TestCase("""{"ok":false,"error":{"code":"INTERNAL_ERROR","message":"The lens is broken"}}""", HttpStatusCode.BadGateway, "INTERNAL_ERROR")]
    [TestCase("""{"ok":true}""", HttpStatusCode.BadGateway, "INTERNAL_ERROR")]
    [TestCase("", HttpStatusCode.BadGateway, "INTERNAL_ERROR")]
    [TestCase("<svg onload=alert(1)>", HttpStatusCode.BadGateway, "INTERNAL_ERROR")]
    public async Task A_reply_that_is_no_picture_is_an_error(string reply, HttpStatusCode status, string code)
    {
        await AnswerAsync(message => message.ReplyAsync(Encoding.UTF8.GetBytes(reply)));
        using var answer = await GetAsync(Yard, status);
        (await ErrorAsync(answer)).Code.ShouldBe(code);
    }

    [Test]
    public async Task A_device_that_does_not_answer_is_a_timeout_and_one_that_does_not_listen_an_error()
    {
        using var nobody = await GetAsync(Yard, HttpStatusCode.ServiceUnavailable);
        (await ErrorAsync(nobody)).Code.ShouldBe("NO_RESPONDERS");
        await AnswerAsync(_ => ValueTask.CompletedTask);
        using var stalled = await GetAsync("/api/pictures/camera/house/gate", HttpStatusCode.GatewayTimeout);
        (await ErrorAsync(stalled)).Code.ShouldBe("TIMEOUT");
    }

    [Test]
    public async Task A_picture_that_somebody_deleted_from_the_store_is_none()
    {
        await PublishAsync("porch", Png, "image/png");
        using var before = await GetAsync(Porch, HttpStatusCode.OK);
        var stream = await _home.Storage.JetStream.GetStreamAsync("HOME_IMAGES");
        await stream.PurgeAsync(new StreamPurgeRequest());
        using var after = await SendAsync(Porch);
        after.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ErrorAsync(after)).Code.ShouldBe("NO_PICTURE");
    }

    [Test]
    public async Task A_picture_is_there_after_a_restart_of_everything()
    {
        await PublishAsync("porch", Png, "image/png");
        using var before = await GetAsync(Porch, HttpStatusCode.OK);
        await StopAsync();
        await StartAsync();
        using var after = await SendAsync(Porch);
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
        after.Headers.ETag.ShouldBe(before.Headers.ETag);
    }

    [Test]
    public async Task A_picture_that_came_before_its_key_was_declared_is_there_then()
    {
        await PublishAsync("later", Png, "image/png");
        await Eventually.TrueAsync(async () => (await SubjectsAsync()).Count == 1, "it is retained");
        using var before = await GetAsync("/api/pictures/camera/house/later", HttpStatusCode.NotFound);
        _home.Registry.Put(House(""",{"key":"later","platform":"media_player","name":"Later"}"""));
        using var after = await GetAsync("/api/pictures/camera/house/later", HttpStatusCode.OK);
    }

    [Test]
    public async Task One_device_cannot_take_the_place_of_the_pictures_of_others()
    {
        await PublishAsync("porch", Png, "image/png");
        using var before = await GetAsync(Porch, HttpStatusCode.OK);
        var large = new byte[500_000];
        Jpeg.CopyTo(large, 0);
        for (var i = 0; i < 100; i++)
        {
            await _home.Device.PublishAsync($"home.devices.camera.evil.image.k{i}", large);
        }

        await _home.Device.PingAsync();
        await Eventually.TrueAsync(
            async () => (await SubjectsAsync()).Count(subject => subject.Contains(".evil.", StringComparison.Ordinal)) is > 0 and < 10,
            "what is beyond its budget is deleted");
        using var after = await GetAsync(Porch, HttpStatusCode.OK);
        (await after.Content.ReadAsByteArrayAsync()).ShouldBe(Png);

        // A full stream takes nothing new until that is deleted.
        await Eventually.TrueAsync(
            async () =>
            {
                await PublishAsync("porch", Jpeg, "image/jpeg");
                using var next = await SendAsync(Porch);
                return next.Content.Headers.ContentType?.MediaType == "image/jpeg";
            },
            "a new picture of another device is stored");
    }

    private IPictures Pictures => _home.Home.Get<IPictures>();

    private static DeviceDescription House(string more = "") => InMemoryRegistry.Describe(
        """
        {"schema":1,"type":"camera","id":"house","name":"House","entities":[
          {"key":"porch","platform":"camera","name":"Porch"},{"key":"visitor","platform":"image","name":"Visitor"},
          {"key":"yard","platform":"camera","name":"Yard","on_demand":true,"command_timeout":60},
          {"key":"gate","platform":"camera","name":"Gate","on_demand":true,"command_timeout":1},
          {"key":"battery","platform":"sensor","name":"Battery","on_demand":true}
        """ + more + "]}");

    private async Task StartAsync()
    {
        var registry = new InMemoryRegistry();
        registry.Put(House());
        _home = await StateHome.StartAsync(registry, program, _folder.Path, maxBytes: 512L << 20);
        await Pictures.Ready.WaitAsync(TimeSpan.FromSeconds(20));
        _http = new HttpClient { BaseAddress = _home.Home.Url };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _home.Home.Token);
    }

    private async Task StopAsync()
    {
        if (_sets is not null)
        {
            await _sets.UnsubscribeAsync();
            _sets = null;
        }

        _http.Dispose();
        await _home.DisposeAsync();
    }

    private ValueTask PublishAsync(string key, byte[] picture, string type) => _home.Device.PublishAsync(
        $"{Images}.{key}", picture, new NatsHeaders { ["Content-Type"] = type }, serializer: NatsRawSerializer<byte[]>.Default);

    /// <summary>Answers commands as the device does; counts them.</summary>
    private async Task AnswerAsync(Func<NatsMsg<byte[]>, ValueTask> answer)
    {
        _sets = await _home.Device.SubscribeCoreAsync("home.devices.camera.house.set", serializer: NatsRawSerializer<byte[]>.Default);
        await _home.Device.PingAsync();
        _ = Task.Run(async () =>
        {
            await foreach (var message in _sets.Msgs.ReadAllAsync())
            {
                Interlocked.Increment(ref _asked);
                _ = answer(message).AsTask();
            }
        });
    }

    private async Task<HttpResponseMessage> SendAsync(string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change?.Invoke(request);
        return await _http.SendAsync(request);
    }

    /// <summary>The first answer with this status: what was published is followed, not awaited.</summary>
    private async Task<HttpResponseMessage> GetAsync(string path, HttpStatusCode status)
    {
        HttpResponseMessage? answer = null;
        await Eventually.TrueAsync(
            async () =>
            {
                answer?.Dispose();
                answer = await SendAsync(path);
                return answer.StatusCode == status;
            },
            $"{path} answers {status}");
        return answer!;
    }

    private static async Task<(string Code, string Message)> ErrorAsync(HttpResponseMessage answer)
    {
        var error = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync()).GetProperty("error");
        return (error.GetProperty("code").GetString()!, error.GetProperty("message").GetString()!);
    }

    private async Task<IReadOnlyCollection<string>> SubjectsAsync()
    {
        var request = new StreamInfoRequest { SubjectsFilter = ">" };
        var stream = await _home.Storage.JetStream.GetStreamAsync("HOME_IMAGES", request);
        return [.. stream.Info.State.Subjects?.Keys ?? Enumerable.Empty<string>()];
    }
}
