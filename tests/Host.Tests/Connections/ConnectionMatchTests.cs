using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Connections;

public sealed class ConnectionMatchTests
{
    private const string Set = "home.devices.climate.hall.set";
    private const string Reply = "_INBOX.abc.17";

    [Test]
    public void The_holder_of_a_reply_subject_is_the_one_with_the_most_exact_subscription()
    {
        var spy = Connection(1, null, ">");
        var monitor = Connection(2, null, "_INBOX.>");
        var device = Connection(3, null, "_INBOX.abc.*", Set);

        ConnectionMatch.Holder([spy, monitor, device], Reply, least: 2).ShouldBe(device);
    }

    [Test]
    public void A_subscription_to_everything_shows_nothing()
    {
        ConnectionMatch.Holder([Connection(1, null, ">"), Connection(2, null, "_INBOX.>")], Reply, least: 2).ShouldBeNull();
        ConnectionMatch.Of(
            ["climate.hall"],
            "climate.hall",
            Set,
            [Connection(1, null, "home.>"), Connection(2, null, "home.devices.>")]).ShouldBeNull();
    }

    [Test]
    public void The_credential_of_that_name_comes_first_and_the_younger_connection_of_it()
    {
        var old = Connection(4, "climate.hall");
        var young = Connection(9, "climate.hall");
        var other = Connection(5, null, Set);

        ConnectionMatch.Of(["climate.hall"], "climate.hall", Set, [old, young, other]).ShouldBe(young);
    }

    [Test]
    public void Else_the_one_that_subscribes_to_its_set_also_as_a_gateway()
    {
        var gateway = Connection(5, null, "home.devices.climate.*.set");
        var device = Connection(6, null, Set);

        ConnectionMatch.Of(["climate.hall"], "climate.hall", Set, [gateway]).ShouldBe(gateway);
        ConnectionMatch.Of(["climate.hall"], "climate.hall", Set, [gateway, device]).ShouldBe(device);
    }

    [Test]
    public void Of_two_equal_claims_the_younger_connection_has_it()
    {
        var old = Connection(5, null, Set);
        var young = Connection(6, null, Set);
        var elsewhere = Connection(
            1, null, Set) with { Id = new ConnectionId("NB", 1), Start = DateTimeOffset.UnixEpoch + TimeSpan.FromHours(1) };

        ConnectionMatch.Of([], "climate.hall", Set, [young, old]).ShouldBe(young);
        ConnectionMatch.Of([], "climate.hall", Set, [old, elsewhere, young]).ShouldBe(elsewhere);
    }

    [Test]
    public void A_user_of_the_devices_name_comes_last()
    {
        var named = Connection(5, "climate.hall");
        var holder = Connection(6, null, Set);

        ConnectionMatch.Of([], "climate.hall", Set, [named, holder]).ShouldBe(holder);
        ConnectionMatch.Of([], "climate.hall", Set, [named]).ShouldBe(named);
    }

    [Test]
    public void A_leaf_node_is_no_devices_connection()
    {
        var leaf = Connection(5, "climate.hall", Set) with { IsClient = false };
        var device = Connection(6, null, Set);

        ConnectionMatch.Of(["climate.hall"], "climate.hall", Set, [leaf]).ShouldBeNull();
        ConnectionMatch.Of([], "climate.hall", Set, [leaf, device]).ShouldBe(device);
        ConnectionMatch.Of([], "climate.hall", Set, [device, leaf]).ShouldBe(device);
    }

    [Test]
    public void Neither_a_longer_nor_a_shorter_subject_matches()
    {
        ConnectionMatch.Exactness(["home.devices.climate.hall"], Set).ShouldBe(-1);
        ConnectionMatch.Exactness([Set + ".x"], Set).ShouldBe(-1);
        ConnectionMatch.Exactness(["home.devices.climate.hall.*"], Set).ShouldBe(4);
        ConnectionMatch.Exactness(["home.devices.climate.hall.>"], Set).ShouldBe(4);
        ConnectionMatch.Exactness([Set], Set).ShouldBe(5);
    }

    private static ClientConnection Connection(ulong id, string? user, params string[] subscriptions) =>
        new(new ConnectionId("NA", id), IsClient: true, user, null, "127.0.0.1:1", subscriptions);
}
