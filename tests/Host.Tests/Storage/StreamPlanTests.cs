using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

public sealed class StreamPlanTests
{
    private const long Gibibyte = 1L << 30;

    [Test]
    public void With_room_every_stream_has_what_the_table_says()
    {
        var sizes = Sizes(8 * Gibibyte);
        sizes["HOME_TELEMETRY"].ShouldBe(4 * Gibibyte);
        sizes["HOME_EVENTS"].ShouldBe(Gibibyte);
        sizes["HOME_STATE"].ShouldBe(Gibibyte / 4);
        sizes["HOME_IMAGES"].ShouldBe(Gibibyte / 4);
        sizes["HOME_AUDIT"].ShouldBe(Gibibyte / 4);
        sizes["HOME_DLQ"].ShouldBe(Gibibyte / 4);
    }

    [Test]
    public void However_small_the_disk_the_buckets_keep_an_eighth([Values(16L << 20, 64L << 20, 300L << 20, 1L << 30, 3L << 30, 8L << 30)] long budget)
    {
        var sizes = Sizes(budget);
        sizes.Values.Sum().ShouldBeLessThanOrEqualTo(budget * 7 / 8);
        sizes.Values.ShouldAllBe(size => size > 0);
        sizes["HOME_TELEMETRY"].ShouldBe(Math.Min(4 * Gibibyte, budget / 2));
    }

    [Test]
    public void No_stream_captures_a_command()
    {
        var subjects = new HomeSubjects("home");
        var captured = new StreamPlan(new HomeNames("home"), subjects, 8 * Gibibyte).Streams.SelectMany(stream => stream.Subjects ?? []);
        captured.ShouldAllBe(subject => !subject.EndsWith(".set") && subject != "home.>" && subject != "home.devices.>");
    }

    private static Dictionary<string, long> Sizes(long budget) =>
        new StreamPlan(new HomeNames("home"), new HomeSubjects("home"), budget).Streams.ToDictionary(stream => stream.Name!, stream => stream.MaxBytes);
}
