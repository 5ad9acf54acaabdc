using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Changes.Internal;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Tests.State;
using Microsoft.Extensions.Time.Testing;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Changes;

public sealed class LinkWatchTests
{
    [Test]
    public void A_lost_link_is_a_change_after_5_s_and_its_return_at_once()
    {
        var time = new FakeTimeProvider();
        var log = new ChangeLog(time, "epoch");
        var link = new SwitchedLink();
        using var watch = new LinkWatch(log, link, time);
        watch.Start();
        IsUp(log).ShouldBeFalse("not connected yet");
        link.Set(true);
        IsUp(log).ShouldBeTrue();

        link.Set(false);
        time.Advance(TimeSpan.FromSeconds(4.9));
        link.Set(true);
        time.Advance(TimeSpan.FromSeconds(10));
        IsUp(log).ShouldBeTrue("a restart of the server does not blink");

        link.Set(false);
        time.Advance(TimeSpan.FromSeconds(4.9));
        IsUp(log).ShouldBeTrue();
        time.Advance(TimeSpan.FromSeconds(0.2));
        IsUp(log).ShouldBeFalse();
        link.Set(true);
        IsUp(log).ShouldBeTrue();
    }

    private static bool IsUp(ChangeLog log) => log.Links.ShouldHaveSingleItem() is LinkState { Name: "nats", Up: true };

    private sealed class SwitchedLink : IHomeLink
    {
        public event Action<LinkChange>? Changed;

        public INatsConnection Home => throw new NotSupportedException();

        public INatsConnection? System => null;

        public bool IsUp { get; private set; }

        public long Generation { get; private set; }

        public Task FirstConnected => Task.CompletedTask;

        public void Set(bool isUp)
        {
            IsUp = isUp;
            Generation += isUp ? 1 : 0;
            Changed?.Invoke(new LinkChange(isUp, Generation));
        }
    }
}
