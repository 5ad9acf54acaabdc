using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

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
    public void A_device_that_no_connection_shows_has_vanished_where_one_ended_that_nobody_was_known_to_be_on()
    {
        _book.Unseen(Hall, 2_000);
        _book.Closed(First, 2_050);

        _book.Vanished(1_999).ShouldBeEmpty();
        _book.Vanished(2_000).ShouldBe([Hall]);
        _book.IsWaiting.ShouldBeFalse();
    }

    [Test]
    public void A_device_that_no_connection_shows_stays_where_none_ended()
    {
        _book.Bind(Attic, First);
        _book.Unseen(Hall, 2_000);
        _book.Closed(First, 2_050);

        _book.Vanished(2_000).ShouldBeEmpty();
    }

    [Test]
    public void A_device_that_is_back_on_another_connection_in_time_is_not_given_up()
    {
        _book.Bind(Hall, First);
        _book.Closed(First, 2_000);

        _book.Bind(Hall, Second).ShouldBeNull("the first one was closed: there is no rival");

        _book.Overdue(10_000).ShouldBeEmpty();
        _book.Of(Hall).ShouldBe(Second);
    }

    [Test]
    public void A_connection_that_was_closed_is_not_open_although_the_server_still_lists_it()
    {
        var listed = new[] { First, Second }.Select(id => new ClientConnection(id, "climate.hall", null, "127.0.0.1:1", [])).ToList();
        _book.Closed(First, 2_000);

        _book.Open(listed).Select(c => c.Id).ShouldBe([Second]);
    }

    [Test]
    public void A_second_open_connection_is_a_rival()
    {
        _book.Bind(Hall, First);

        _book.Bind(Hall, Second).ShouldBe(First);
        _book.MarkDuplicate(Hall, First, Second);

        _book.Settle(new ConnectionId("NA", 77)).ShouldBeEmpty();
        _book.Settle(First).ShouldBe([Hall]);
        _book.Settle(Second).ShouldBeEmpty("it is settled once");
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
        _book.GiveUp(Hall);
        _book.Overdue(90_000).ShouldBeEmpty();
        _book.Of(Hall).ShouldBeNull();
    }

    [Test]
    public void A_comparison_settles_quarrels_whose_connections_are_gone()
    {
        _book.Bind(Hall, First);
        _book.Bind(Hall, Second);
        _book.MarkDuplicate(Hall, First, Second);

        _book.Settle(new HashSet<ConnectionId> { First, Second }).ShouldBeEmpty();
        _book.Settle(new HashSet<ConnectionId> { Second }).ShouldBe([Hall]);
    }
}
