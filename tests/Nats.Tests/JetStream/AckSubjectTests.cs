using NATS.Client.JetStream.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>Reading reply subjects costs nothing; filters match as the server matches (ADR-15 itself: Conformance/Adr15AckSubjectRules).</summary>
public sealed class AckSubjectTests
{
    [Test]
    public void Reading_does_not_allocate()
    {
        const string Reply = "$JS.ACK.ORDERS.worker.2.10.5.1700000000123456789.7";
        var origin = new MsgOrigin(new NATS.Client.JetStream.NatsJSOpts(new NATS.Client.Core.NatsOpts()), "ORDERS", "worker");
        origin.ReadMetadata(Reply).ShouldNotBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            origin.ReadMetadata(Reply);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [TestCase("a.b", "a.b", true)]
    [TestCase("a.*", "a.b", true)]
    [TestCase("a.>", "a.b.c", true)]
    [TestCase("a.*.c", "a.b.c", true)]
    [TestCase(">", "a", true)]
    [TestCase("a.>", "a", false)]
    [TestCase("a.*", "a.b.c", false)]
    [TestCase("a.b.c", "a.b", false)]
    [TestCase("a.b", "a.bc", false)]
    public void Filters_match_as_the_server_matches(string filter, string subject, bool matches) =>
        SubjectFilter.Matches(filter, subject).ShouldBe(matches);

    [TestCase("a.b.x", "a.b.y", "a.b.>")]
    [TestCase("a.b", "a.b.c", "a.>")]
    [TestCase("a.>", "a.>", "a.>")]
    [TestCase("a", "b", ">")]
    public void One_filter_covers_several(string first, string second, string cover) => SubjectFilter.Cover([first, second]).ShouldBe(cover);
}
