using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.State.Internal;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

public sealed class FreshnessTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CountingLink _link = new();

    [Test]
    public void What_was_stored_before_the_start_is_as_old_as_its_timestamp_and_what_comes_then_is_of_this_moment()
    {
        var freshness = Following(10);
        freshness.AgeOf(Message(10, minutes: 5, pending: 3)).ShouldBe(TimeSpan.FromMinutes(5));
        freshness.AgeOf(Message(11, minutes: 5, pending: 2)).ShouldBe(TimeSpan.Zero, "the server's clock is wrong");
    }

    [Test]
    public void After_a_lost_link_messages_may_have_waited_until_the_end_of_the_stream_is_reached()
    {
        var freshness = Following(10);
        _link.Generation = 2;
        freshness.AgeOf(Message(20, minutes: 5, pending: 1)).ShouldBe(TimeSpan.FromMinutes(5));
        freshness.AgeOf(Message(21, minutes: 4, pending: 0)).ShouldBe(TimeSpan.FromMinutes(4));
        freshness.AgeOf(Message(22, minutes: 1, pending: 0)).ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public void A_message_from_the_future_is_of_this_moment() => Following(10).AgeOf(Message(9, minutes: -5, pending: 1)).ShouldBe(TimeSpan.Zero);

    private Freshness Following(ulong last)
    {
        var freshness = new Freshness(_link, _time);
        freshness.Begin(last);
        return freshness;
    }

    private AckSubject Message(ulong sequence, double minutes, ulong pending) => new(sequence, _time.GetUtcNow() - TimeSpan.FromMinutes(minutes), pending);

    /// <summary>A link of which only the number of its openings is asked.</summary>
    private sealed class CountingLink : IHomeLink
    {
        public event Action<LinkChange>? Changed
        {
            add => throw new NotSupportedException();
            remove => throw new NotSupportedException();
        }

        public INatsConnection Home => throw new NotSupportedException();

        public INatsConnection? System => null;

        public bool IsUp => true;

        public long Generation { get; set; } = 1;

        public Task FirstConnected => Task.CompletedTask;
    }
}
