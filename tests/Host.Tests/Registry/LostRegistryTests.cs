using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NATS.Client.KeyValueStore;
using NUnit.Framework;
using Shouldly;
using Eventually = HaNatsBridge.Tests.Support.Eventually;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>A bucket that comes back empty has removed nobody.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class LostRegistryTests(NatsServerVersion version) : RegistryTest(version)
{
    private protected override StorageTimings Looks { get; } = new() { Guard = TimeSpan.FromMilliseconds(300) };

    [Test]
    public async Task A_registry_that_comes_back_empty_is_filled_again_and_nobody_is_told_of_a_removal()
    {
        await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        var before = Sidecar.Registry.Incarnation;

        await Sidecar.Storage.LoseAsync(HomeBucket.Devices);

        await Eventually.TrueAsync(async () => await NameInKvAsync(Hall) is not null && await NameInKvAsync(Attic) is not null, "put back");
        Sidecar.Registry.Count.ShouldBe(2);
        Sidecar.Told.ShouldNotContain(told => told.StartsWith("removed", StringComparison.Ordinal));
        Sidecar.Registry.Incarnation.ShouldNotBe(before, "so that a client that knows more keeps it");
        await Eventually.TrueAsync(() => Sidecar.Repairs.Snapshot().Any(r => r.Id == "registry_lost" && r.Placeholders["devices"] == "2"), "a person is told");

        // A restart finds what it would have found without the loss.
        await RestartSidecarAsync();
        Sidecar.Registry.Count.ShouldBe(2);
    }

    [Test]
    public async Task A_registry_that_was_put_back_is_told_for_its_time_and_again_when_it_is_lost_again()
    {
        await Sidecar.KillAsync();
        await using var sidecar = await TestSidecar.StartAsync(Server.Url, timings: TestSidecar.Quick with { LossTold = TimeSpan.FromSeconds(1) }, add: services => services.AddSingleton(Looks));
        var hall = await DeviceAsync(Hall);
        for (var loss = 0; loss < 2; loss++)
        {
            (await hall.AnnounceUntilAcceptedAsync()).ShouldBeTrue();
            await Eventually.TrueAsync(() => sidecar.Registry.TryGet(Hall, out _), "announced");

            await sidecar.Storage.LoseAsync(HomeBucket.Devices);

            await Eventually.TrueAsync(() => sidecar.Repairs.Snapshot().Any(r => r.Id == "registry_lost" && r.Placeholders["devices"] == "1"), "a person is told");
            await Eventually.TrueAsync(() => sidecar.Repairs.Snapshot().Count == 0, "it was put back, and nothing is left to mend");
        }
    }

    [Test]
    public async Task Who_announces_or_leaves_meanwhile_comes_before_what_the_sidecar_remembers()
    {
        var hall = await OnlineAsync(Hall);
        var attic = await OnlineAsync(Attic);
        var gateway = await OnlineAsync(Gateway);

        await Sidecar.Storage.LoseAsync(HomeBucket.Devices);
        (await attic.AnnounceAsync(new { name = "Renamed" })).GetProperty("ok").GetBoolean().ShouldBeTrue();
        (await hall.RemoveAsync()).GetProperty("ok").GetBoolean().ShouldBeTrue();

        await Eventually.TrueAsync(async () => await NameInKvAsync(Gateway) is not null, "put back");
        (await NameInKvAsync(Attic)).ShouldBe("Renamed");
        (await NameInKvAsync(Hall)).ShouldBeNull();
        Sidecar.Registry.TryGet(Hall, out _).ShouldBeFalse();
        (await gateway.AnnounceAsync()).GetProperty("revision").GetUInt64().ShouldBeGreaterThan(0UL);
    }

    [Test]
    public async Task A_lost_availability_is_written_again_and_goes_on_from_there()
    {
        await OnlineAsync(Hall, new { lease_seconds = 60 });
        var silent = await OnlineAsync(Attic);

        await Sidecar.Storage.LoseAsync(HomeBucket.Availability);

        await Eventually.TrueAsync(async () => await OnlineInKvAsync(Attic) == true, "written again");
        Clock.Ahead += TimeSpan.FromSeconds(61);
        await Eventually.TrueAsync(async () => await OnlineInKvAsync(Hall) == false, "the lease ran out, and that was written, too");
        Sidecar.IsOnline(Attic).ShouldBeTrue();
        await silent.DisposeAsync();
        await Eventually.TrueAsync(async () => await OnlineInKvAsync(Attic) == false, "later verdicts are written, although revisions began again");
    }

    [Test]
    public async Task Of_a_registry_that_lost_its_end_the_newer_description_is_put_back()
    {
        var hall = await OnlineAsync(Hall);
        var copy = await CopyAsync();
        await Eventually.TrueAsync(async () => await AnnouncedAsync(hall, "Renamed"), "announced once more");

        await ReturnToAsync(copy);

        await Eventually.TrueAsync(async () => await NameInKvAsync(Hall) == "Renamed", "put back");
        Sidecar.Registry.TryGet(Hall, out var device).ShouldBeTrue();
        device!.Description.Name.ShouldBe("Renamed");
    }

    [Test]
    public async Task A_removal_in_the_end_that_the_registry_lost_is_made_again()
    {
        var hall = await OnlineAsync(Hall);
        await OnlineAsync(Attic);
        var copy = await CopyAsync();
        await Eventually.TrueAsync(async () => await RemovedAsync(hall), "removed");

        await ReturnToAsync(copy);

        await Eventually.TrueAsync(async () => await IsGoneFromKvAsync(Hall), "removed again");
        Sidecar.Registry.TryGet(Hall, out _).ShouldBeFalse();
        Sidecar.Registry.TryGet(Attic, out _).ShouldBeTrue();
        Sidecar.Told.Count(told => told == "removed climate.hall").ShouldBe(1);
        Sidecar.Told.Last(told => told.EndsWith(Hall.ToString(), StringComparison.Ordinal)).ShouldBe("removed climate.hall", "and it was never shown between");
        (await hall.AnnounceUntilAcceptedAsync()).ShouldBeTrue("it may come back by itself");
        await Eventually.TrueAsync(() => Sidecar.Registry.TryGet(Hall, out _), "as new");
    }

    /// <summary>Nothing that is stored says that there was more: docs/operations.md tells what to do.</summary>
    [Test]
    public async Task A_removal_that_only_the_lost_end_knew_is_forgotten_where_no_sidecar_ran()
    {
        var hall = await OnlineAsync(Hall);
        var copy = await CopyAsync();
        await Eventually.TrueAsync(async () => await RemovedAsync(hall), "removed");
        await hall.DisposeAsync();

        await RestartSidecarAsync(() => ReturnToAsync(copy));

        Sidecar.Registry.TryGet(Hall, out _).ShouldBeTrue("the store says so");
    }

    /// <summary>The disk as it is now.</summary>
    private async Task<string> CopyAsync()
    {
        await Server.StopAsync();
        var copy = Directory.CreateTempSubdirectory("hanatsbridge-test-").FullName;
        FolderCopy.Make(StoreDirectory, copy);
        await Server.StartAsync();
        return copy;
    }

    /// <summary>As after a power cut: the disk is where it was some seconds ago.</summary>
    private async Task ReturnToAsync(string copy)
    {
        await Server.KillAsync();
        Directory.Delete(StoreDirectory, recursive: true);
        FolderCopy.Make(copy, StoreDirectory);
        Directory.Delete(copy, recursive: true);
        await Server.StartAsync();
    }

    private static async Task<bool> RemovedAsync(TestDevice device)
    {
        try
        {
            return (await device.RemoveAsync()).GetProperty("ok").GetBoolean();
        }
        catch (NATS.Client.Core.NatsException)
        {
            return false;
        }
    }

    private async Task<bool> IsGoneFromKvAsync(DeviceId id)
    {
        try
        {
            var entry = await Sidecar.Storage.Bucket(HomeBucket.Devices).TryGetEntryAsync<byte[]>(id.ToString());
            return !entry.Success && entry.Error is NatsKVKeyDeletedException;
        }
        catch (NATS.Client.Core.NatsException)
        {
            // NATS is away.
            return false;
        }
    }

    private string StoreDirectory => Path.Combine(Server.Directory, "store");

    private static async Task<bool> AnnouncedAsync(TestDevice device, string name)
    {
        try
        {
            return (await device.AnnounceAsync(new { name })).GetProperty("ok").GetBoolean();
        }
        catch (NATS.Client.Core.NatsException)
        {
            return false;
        }
    }

    private async Task<string?> NameInKvAsync(DeviceId id) => (await InKvAsync(HomeBucket.Devices, id))?.GetProperty("name").GetString();

    private async Task<bool?> OnlineInKvAsync(DeviceId id) => (await InKvAsync(HomeBucket.Availability, id))?.GetProperty("online").GetBoolean();

    private async Task<JsonElement?> InKvAsync(HomeBucket bucket, DeviceId id)
    {
        try
        {
            return JsonElement.Parse((await Sidecar.Storage.Bucket(bucket).GetEntryAsync<byte[]>(id.ToString())).Value!);
        }
        catch (NATS.Client.Core.NatsException)
        {
            // Not there, or NATS is away.
            return null;
        }
    }
}
