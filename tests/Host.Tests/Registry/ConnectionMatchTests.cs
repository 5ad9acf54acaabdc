using HaNatsBridge.Host.Registry.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

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
    public void Who_only_listens_to_everything_is_never_taken_for_the_device()
    {
        ConnectionMatch.Holder([Connection(1, null, ">"), Connection(2, null, "_INBOX.>")], Reply, least: 2).ShouldBeNull();
        ConnectionMatch.Of(["climate.hall"], Set, [Connection(1, null, "home.>"), Connection(2, null, "home.devices.>")]).ShouldBeNull();
    }

    [Test]
    public void The_credential_of_that_name_comes_first_and_the_younger_connection_of_it()
    {
        var old = Connection(4, "climate.hall");
        var young = Connection(9, "climate.hall");
        var other = Connection(5, null, Set);

        ConnectionMatch.Of(["climate.hall"], Set, [old, young, other]).ShouldBe(young);
    }

    [Test]
    public void Else_the_one_that_subscribes_to_its_set_also_as_a_gateway()
    {
        var gateway = Connection(5, null, "home.devices.climate.*.set");
        var device = Connection(6, null, Set);

        ConnectionMatch.Of(["climate.hall"], Set, [gateway]).ShouldBe(gateway);
        ConnectionMatch.Of(["climate.hall"], Set, [gateway, device]).ShouldBe(device);
    }

    [Test]
    public void Two_that_claim_the_same_are_nobody()
    {
        ConnectionMatch.Of(["climate.hall"], Set, [Connection(5, null, Set), Connection(6, null, Set)]).ShouldBeNull();
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
        new(new ConnectionId("NA", id), user, null, "127.0.0.1:1", subscriptions);
}
