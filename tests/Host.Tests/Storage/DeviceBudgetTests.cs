using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>Who may have how much in the stream of last states.</summary>
public sealed class DeviceBudgetTests
{
    private const int Large = 64 * 1024;
    private static readonly DeviceId Lamp = new("lamp", "desk");
    private DeviceBudget _budget = null!;

    [SetUp]
    public void SetUp() => _budget = new DeviceBudget("states") { Limits = DeviceLimits.For(256L << 20, Large) };

    [Test]
    public void A_full_stream_gives_a_device_16_MiB_and_1_MiB_on_keys_that_it_has_not_declared()
    {
        DeviceLimits.For(256L << 20, Large).ShouldBe(new DeviceLimits(16L << 20, 1L << 20, 224L << 20, 32L << 20));
        DeviceLimits.For(1 << 20, Large).Undeclared.ShouldBeGreaterThan(2 * Large, "also in the smallest stream something fits");
    }

    [Test]
    public void Of_undeclared_keys_the_first_64_stay()
    {
        for (var i = 0; i < 64; i++)
        {
            Judge($"k{i}", 200, StoredKind.Undeclared).ShouldBeNull();
        }

        Judge("k64", 200, StoredKind.Undeclared).ShouldNotBeNull().ShouldContain("64 keys");
        Judge("k0", 300, StoredKind.Undeclared).ShouldBeNull("it was there first, and may change");
        Judge("on", 200, StoredKind.Declared).ShouldBeNull();
        _budget.Judge(new DeviceId("lamp", "hall"), "k64", 200, StoredKind.Undeclared).ShouldBeNull("each device has its own");
    }

    [Test]
    public void Undeclared_keys_do_not_take_the_room_of_declared_ones()
    {
        var kept = Enumerable.Range(0, 64).Count(i => Judge($"k{i}", Large, StoredKind.Undeclared) is null);
        kept.ShouldBe(16);
        for (var i = 0; i < 15 * 16; i++)
        {
            Judge($"d{i}", Large, StoredKind.Declared).ShouldBeNull();
        }

        Judge("more", Large, StoredKind.Declared).ShouldNotBeNull().ShouldContain("16384 KiB");
        Judge("d0", 100, StoredKind.Declared).ShouldBeNull();
        Judge("more", 1000, StoredKind.Declared).ShouldBeNull("a shorter one made room");
    }

    [Test]
    public void Many_devices_that_nobody_announced_have_an_eighth_of_the_stream_together()
    {
        var kept = Enumerable.Range(0, 1_000).Count(
            i => _budget.Judge(new DeviceId("ghost", $"g{i}"), "state", Large, StoredKind.Undeclared) is null);
        kept.ShouldBe(512);
        Judge("on", Large, StoredKind.Declared).ShouldBeNull();
        var small = Enumerable.Range(0, 30_000).Count(
            i => _budget.Judge(new DeviceId("ghost", $"h{i}"), "state", 0, StoredKind.Undeclared) is null);
        small.ShouldBe(DeviceLimits.HomeUndeclaredKeys - 512);
    }

    [Test]
    public void Markers_of_a_removed_device_with_many_entities_stay()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Judge($"d{i}", 200, StoredKind.Declared).ShouldBeNull();
        }

        _budget.Redeclared(Lamp, static _ => false);
        for (var i = 0; i < 1_000; i++)
        {
            Judge($"d{i}", 150, StoredKind.Marker).ShouldBeNull();
        }

        Judge("k0", 200, StoredKind.Undeclared).ShouldBeNull("markers are no keys in use");
    }

    [Test]
    public void A_key_that_is_declared_later_no_longer_counts_as_undeclared()
    {
        for (var i = 0; i < 64; i++)
        {
            Judge($"k{i}", 200, StoredKind.Undeclared).ShouldBeNull();
        }

        _budget.Redeclared(Lamp, static subject => subject != "k63");
        for (var i = 64; i < 127; i++)
        {
            Judge($"k{i}", 200, StoredKind.Undeclared).ShouldBeNull();
        }

        Judge("k127", 200, StoredKind.Undeclared).ShouldNotBeNull();
    }

    private string? Judge(string subject, int bytes, StoredKind kind) => _budget.Judge(Lamp, subject, bytes, kind);
}
