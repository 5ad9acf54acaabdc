using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

public sealed class ConnectionBookTests
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private static readonly DeviceId Attic = new("climate", "attic");
    private static readonly ConnectionId First = new("NA", 1);
    private static readonly ConnectionId Second = new("NA", 2);
    private ConnectionBook _book = null!;

    [SetUp]
    public void Make() => _book = new ConnectionBook();

    [Test]
    public void Every_device_on_a_closed_connection_is_given_up_when_its_time_is_over()
    {
        _book.Bind(Hall, First);
        _book.Bind(Attic, First);

        _book.Closed(First, 2_000);

        _book.Overdue(1_999).ShouldBeEmpty();
        _book.Overdue(2_000).ShouldBe([Hall, Attic], ignoreOrder: true);
    }

    [Test]
    public void A_connection_that_was_closed_before_it_was_bound_is_not_taken()
    {
        _book.Closed(First, 2_000);

        _book.Bind(Hall, First).ShouldBeFalse();
        _book.Lost(Hall, 3_000);

        _book.Overdue(2_999).ShouldBeEmpty();
        _book.Overdue(3_000).ShouldBe([Hall]);
    }

    [Test]
    public void A_device_that_announces_itself_without_a_known_connection_is_not_waited_for()
    {
        _book.Bind(Hall, First);
        _book.UnbindMissing(Hall).ShouldBeFalse("it has lost nothing");
        _book.Closed(First, 2_000);

        _book.UnbindMissing(Hall).ShouldBeTrue();

        _book.Overdue(2_000).ShouldBeEmpty();
        _book.Of(Hall).ShouldBeNull();
    }

    [Test]
    public void A_device_that_is_back_on_another_connection_in_time_is_not_given_up()
    {
        _book.Bind(Hall, First);
        _book.Closed(First, 2_000);

        _book.Bind(Hall, Second, 0);

        _book.HasDueRivals(10_000).ShouldBeFalse("the first one was closed: there is no rival");

        _book.Overdue(10_000).ShouldBeEmpty();
        _book.Of(Hall).ShouldBe(Second);
    }

    [Test]
    public void A_connection_that_was_closed_is_not_open_although_the_server_still_lists_it()
    {
        var listed = new[] { First, Second }.Select(
            id => new ClientConnection(id, true, "climate.hall", null, "127.0.0.1:1", [])).ToList();
        _book.Closed(First, 2_000);

        _book.Open(listed).Select(c => c.Id).ShouldBe([Second]);
    }

    [Test]
    public void A_second_open_connection_is_reported_once_when_both_have_been_open_long_enough()
    {
        var both = new HashSet<ConnectionId> { First, Second };
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second, 30_000);

        _book.HasDueRivals(29_999).ShouldBeFalse();
        _book.HasDueRivals(30_000).ShouldBeTrue();
        _book.CompareRivals(both, 30_000).Reported.ShouldBe([(Hall, First, Second)]);
        _book.HasDueRivals(40_000).ShouldBeFalse();
        _book.CompareRivals(both, 40_000).Reported.ShouldBeEmpty();

        _book.EndRivals(new ConnectionId("NA", 77)).ShouldBeEmpty();
        _book.EndRivals(First).ShouldBe([Hall]);
        _book.EndRivals(Second).ShouldBeEmpty("it has ended");
    }

    [Test]
    public void Two_devices_that_take_turns_do_not_put_their_report_off()
    {
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second, 30_000);
        _book.Bind(Hall, First, 45_000);

        _book.HasDueRivals(30_000).ShouldBeTrue();
    }

    [Test]
    public void An_old_connection_that_is_only_slow_to_die_is_not_reported()
    {
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second, 30_000);
        _book.Closed(First, 20_000);
        _book.EndRivals(First).ShouldBeEmpty("it was not reported");

        _book.HasDueRivals(30_000).ShouldBeFalse();
    }

    [Test]
    public void Closing_the_losing_connection_does_not_touch_the_winner()
    {
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second);

        _book.Closed(First, 2_000);

        _book.Overdue(10_000).ShouldBeEmpty();
    }

    [Test]
    public void A_comparison_finds_who_is_gone_and_forgives_who_is_there()
    {
        _book.Bind(Hall, First);
        _book.Bind(Attic, Second);

        _book.Compare(new HashSet<ConnectionId> { Second }, 30_000).ShouldBe([Hall]);
        _book.Compare(new HashSet<ConnectionId> { Second }, 60_000).ShouldBe([Hall]);

        _book.Overdue(30_000).ShouldBe([Hall], "comparing again does not put it off");
        _book.Unbind(Hall);
        _book.Overdue(90_000).ShouldBeEmpty();
        _book.Of(Hall).ShouldBeNull();
    }

    [Test]
    public void A_comparison_ends_what_was_reported_when_one_of_the_connections_is_gone()
    {
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second, 0);
        _book.CompareRivals(new HashSet<ConnectionId> { First, Second }, 1).Ended.ShouldBeEmpty();

        _book.CompareRivals(new HashSet<ConnectionId> { Second }, 2).Ended.ShouldBe([Hall]);
    }
}
