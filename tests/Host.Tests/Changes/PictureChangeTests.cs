using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

/// <summary>Clients learn that there is a new picture as they learn of a new state.</summary>
public sealed class PictureChangeTests
{
    private const string Porch = "camera.house.porch";
    private static readonly EntityId Entity = new(new DeviceId("camera", "house"), "porch");

    private ChangeLog _log = null!;

    [SetUp]
    public void SetUp() => _log = new ChangeLog(new FakeTimeProvider(), "epoch");

    [TearDown]
    public void TearDown() => _log.Dispose();

    [Test]
    public void A_client_gets_the_newest_picture_of_an_entity_and_later_ones()
    {
        Announce("porch");
        Show(1);
        Show(2);
        var client = new LogReader(_log).Begin().ReadAll();
        client.Pictures[Porch].ShouldBe(At(2));
        client.Batches.Sum(batch => batch.Pictures.Count).ShouldBe(1, "only the newest");

        Show(3);
        client.Begin("epoch", client.Seq).ReadAll().Pictures[Porch].ShouldBe(At(3));
    }

    [Test]
    public void A_picture_that_comes_before_its_device_waits_for_it()
    {
        var client = new LogReader(_log).Begin().ReadAll();
        Show(1);
        client.ReadAll().Pictures.ShouldBeEmpty();
        Announce("porch");
        client.ReadAll().Pictures[Porch].ShouldBe(At(1));
    }

    [Test]
    public void A_removed_picture_is_named()
    {
        Announce("porch");
        Show(1);
        var client = new LogReader(_log).Begin().ReadAll();
        _log.PictureRemoved(Entity);
        client.ReadAll().Pictures[Porch].ShouldBeNull();
    }

    [Test]
    public void A_picture_is_gone_with_its_key_and_with_its_device()
    {
        Announce("porch");
        Show(1);
        Announce("yard");
        new LogReader(_log).Begin().ReadAll().Pictures.ShouldBeEmpty();

        Announce("porch");
        Show(2);
        _log.DeviceRemoved(Entity.Device);
        Announce("porch");
        new LogReader(_log).Begin().ReadAll().Pictures.ShouldBeEmpty();
    }

    private static DateTimeOffset At(int second) => DateTimeOffset.UnixEpoch.AddSeconds(second);

    private void Show(int second) => _log.PictureChanged(Entity, new Picture((ulong)second, At(second), "image/png"));

    private void Announce(string key)
    {
        var description = InMemoryRegistry.Describe(
            """{"schema":1,"type":"camera","id":"house","name":"House","entities":[{"platform":"camera","name":"Porch","key":"KEY"}]}"""
                .Replace("KEY", key, StringComparison.Ordinal));
        _log.DeviceChanged(new RegisteredDevice(description, 1, new DeviceAvailability(true, DateTimeOffset.UnixEpoch, "announced")));
    }
}
