using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Tests.Storage.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>What the features declare, all together.</summary>
public sealed class StreamSizesTests
{
    private const long Gibibyte = StorageDeclarations.Gibibyte;

    private static readonly HomeLayout Home = new(new HomeNames("home"), new HomeSubjects("home"));

    private static List<StreamDeclaration> Streams { get; } =
    [
        .. StorageParts.Declared.Select(one => one.ImplementationInstance)
            .OfType<Func<HomeLayout, StreamDeclaration>>().Select(declare => declare(Home)),
    ];

    [Test]
    public void With_room_every_stream_has_what_the_table_says()
    {
        var sizes = Sizes(8 * Gibibyte);
        sizes["HOME_TELEMETRY"].ShouldBe(4 * Gibibyte);
        sizes["HOME_DEVICE_EVENTS"].ShouldBe(Gibibyte);
        sizes["HOME_EVENTS"].ShouldBe(Gibibyte);
        sizes["HOME_STATE"].ShouldBe(Gibibyte / 4);
        sizes["HOME_IMAGES"].ShouldBe(Gibibyte / 4);
        sizes["HOME_AUDIT"].ShouldBe(Gibibyte / 4);
        sizes["HOME_DLQ"].ShouldBe(Gibibyte / 4);
        StreamSizes.Fit(Streams.Select(stream => stream.MaxBytes)).ShouldBeTrue();
    }

    [Test]
    public void However_small_the_disk_the_buckets_have_an_eighth_and_telemetry_half_of_the_store(
        [Values(16L << 20, 64L << 20, 300L << 20, 1L << 30, 3L << 30, 8L << 30, 64L << 30)] long budget)
    {
        var sizes = Sizes(budget);
        sizes.Values.Sum().ShouldBeLessThanOrEqualTo(budget * 7 / 8);
        sizes.Values.ShouldAllBe(size => size > 0);
        sizes["HOME_TELEMETRY"].ShouldBe(Math.Min(4 * Gibibyte, budget / 2));
    }

    [Test]
    public void No_stream_captures_a_command() =>
        Streams.SelectMany(stream => stream.Subjects)
            .ShouldAllBe(subject => !subject.EndsWith(".set") && subject != "home.>" && subject != "home.devices.>");

    private static Dictionary<string, long> Sizes(long budget) =>
        Streams.ToDictionary(stream => stream.Name, stream => StreamSizes.For(stream.MaxBytes, budget));
}
