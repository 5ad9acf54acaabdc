using System.Net;
using System.Net.Http.Headers;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Composition;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Pictures;

/// <summary>A picture is forgotten with its entity or device, like a state.</summary>
[TestFixtureSource(typeof(NatsServers), nameof(NatsServers.Both))]
public sealed class PictureRemovalTests(string program)
{
    private static readonly DeviceId House = new("camera", "house");
    private static readonly byte[] Png = [0x89, .. "PNG\r\n\x1a\n"u8, 1, 2, 3];
    private static readonly object Porch = new { key = "porch", platform = "camera", name = "Porch" };
    private static readonly object Visitor = new { key = "visitor", platform = "image", name = "Visitor" };

    private TestHome _home = null!;
    private TestDevice _device = null!;
    private HttpClient _http = null!;

    [SetUp]
    public async Task SetUp()
    {
        _home = await TestHome.StartAsync(
            static services => services.AddStorage().AddHomeDevices().AddState().AddCommands().AddPictures(),
            program,
            map: app => app.MapPictures());
        await _home.OrNoneAsync(home => home.Get<IPictures>().Ready.WaitAsync(TimeSpan.FromSeconds(30)));
        _device = await TestDevice.ConnectAsync(_home.NatsUrl, House);
        _http = new HttpClient { BaseAddress = _home.Url };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _home.Token);
        await AnnounceAsync(Porch, Visitor);
        await ShowAsync("porch");
        await ShowAsync("visitor");
    }

    [TearDown]
    public async Task TearDown()
    {
        _http.Dispose();
        await _device.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Test]
    public async Task An_entity_that_is_no_longer_announced_loses_its_picture()
    {
        await AnnounceAsync(Porch);
        (await SizeAsync("visitor")).ShouldBe(0, "it is marked before the announcement is answered");
        await AnnounceAsync(Porch, Visitor);
        await HasAsync("visitor", HttpStatusCode.NotFound);
        await HasAsync("porch", HttpStatusCode.OK);
        await ShowAsync("visitor");
    }

    [Test]
    public async Task A_removed_device_loses_its_pictures_and_begins_anew()
    {
        (await _device.RemoveAsync()).GetProperty("removed").GetBoolean().ShouldBeTrue();
        await Eventually.TrueAsync(
            async () => await SizeAsync("porch") == 0 && await SizeAsync("visitor") == 0, "both are marked");
        await HasAsync("porch", HttpStatusCode.NotFound);
        await AnnounceAsync(Porch, Visitor);
        await HasAsync("porch", HttpStatusCode.NotFound);
        await ShowAsync("porch");
    }

    private async Task AnnounceAsync(params object[] entities) =>
        (await _device.AnnounceAsync(new { entities })).GetProperty("ok").GetBoolean().ShouldBeTrue();

    private async Task ShowAsync(string key)
    {
        await _device.Connection.PublishAsync(
            $"home.devices.{House}.image.{key}", Png, new NatsHeaders { ["Content-Type"] = "image/png" },
            serializer: NatsRawSerializer<byte[]>.Default);
        await HasAsync(key, HttpStatusCode.OK);
    }

    private Task HasAsync(string key, HttpStatusCode status) => Eventually.TrueAsync(
        async () =>
        {
            using var answer = await _http.GetAsync($"/api/pictures/camera/house/{key}");
            return answer.StatusCode == status;
        },
        $"{key} answers {status}");

    /// <summary>The bytes of the last message: none of a marker.</summary>
    private async Task<int> SizeAsync(string key)
    {
        var stream = await _home.Get<IHomeStorage>().JetStream.GetStreamAsync("HOME_IMAGES");
        var message = await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = $"home.devices.{House}.image.{key}" });
        return message.Message.Data.Length;
    }
}
