using HaNatsBridge.Contract.Identity;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Identity;

internal sealed class ReplySubjectTests
{
    [TestCase("_INBOX.climate.hall.1")]
    [TestCase("_INBOX.tvPq7aPyMqu8oTQxPsD3nG.1")]
    [TestCase("_INBOX_lamp.1")]
    [TestCase("_INBOX.~bridged.1")]
    [TestCase("_R_.tvPq7a.x")]
    [TestCase("_GR_.qlx3tr.4hN2Ps._INBOX.climate.hall.1")]
    [TestCase("_GR_.qlx3tr.4hN2Ps._R_.tvPq7a.x")]
    public void An_inbox_is_answered(string reply) => ReplySubject.MayBeAnswered(reply).ShouldBeTrue();

    [TestCase("")]
    [TestCase(".")]
    [TestCase("_INBOX")]
    [TestCase("_INBOX.")]
    [TestCase("_INBOX..x")]
    [TestCase("_INBOX.*")]
    [TestCase("_INBOX.>")]
    [TestCase("inbox.lamp")]
    [TestCase("home.devices.lock.front.state")]
    [TestCase("home.devices.lock.front.set")]
    [TestCase("$KV.home_bridge.format_version")]
    [TestCase("$JS.API.STREAM.PURGE.HOME_STATE")]
    [TestCase("$JS.ACK.HOME_STATE.x.1.1.1.1.0")]
    [TestCase("$SYS.REQ.SERVER.PING")]
    [TestCase("_GR_.")]
    [TestCase("_GR_.a")]
    [TestCase("_GR_.a.b")]
    [TestCase("_GR_.a.b.")]
    [TestCase("_GR_.a.b.$KV.home_devices.lock.front")]
    [TestCase("_GR_.a.b._GR_.a.b.home.devices.lock.front.state")]
    [TestCase("_R_")]
    [TestCase("_R_.")]
    public void Anything_else_is_not(string reply) => ReplySubject.MayBeAnswered(reply).ShouldBeFalse();

    [TestCase("_INBOX.~bridge")]
    [TestCase("_INBOX.~bridge.tvPq7aPyMqu8oTQxPsD3nG.7.12")]
    [TestCase("_GR_.qlx3tr.4hN2Ps._INBOX.~bridge.tvPq7aPyMqu8oTQxPsD3nG.7.12")]
    public void The_sidecars_own_inbox_is_not_answered(string reply) =>
        ReplySubject.MayBeAnswered(reply).ShouldBeFalse();
}
