using HaNatsBridge.Contract.Identity;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Identity;

internal sealed class ClientSubjectTests
{
    private readonly ClientSubjects _home = new(new HomeSubjects("home"));
    private readonly ClientSubjects _house = new(new HomeSubjects("my.house"));

    [TestCase("garden.pump")]
    [TestCase("zigbee2mqtt.lamp.set")]
    [TestCase("garten.füllstand")]
    [TestCase("home")]
    [TestCase("home.garden.pump")]
    [TestCase("homes.devices.a.b.set")]
    [TestCase("home.discovery.request")]
    public void A_subject_of_nobody_may_be_sent_to(string subject) => _home.RefuseToSend(subject).ShouldBeNull();

    [TestCase("home.devices", SubjectProblem.Device)]
    [TestCase("home.devices.a.b.image.c", SubjectProblem.Device)]
    [TestCase("home.discovery.announced", SubjectProblem.Bridge)]
    [TestCase("home.discovery.devices", SubjectProblem.Bridge)]
    [TestCase("home.dlq.announce", SubjectProblem.Bridge)]
    [TestCase("home.ha", SubjectProblem.Bridge)]
    [TestCase("_R_.x", SubjectProblem.Reserved)]
    [TestCase("$SYS.REQ.SERVER.PING", SubjectProblem.Reserved)]
    [TestCase("garden.\u00a0x", SubjectProblem.Invalid)]
    [TestCase("garden.\0", SubjectProblem.Invalid)]
    [TestCase(".garden", SubjectProblem.Invalid)]
    [TestCase("garden.", SubjectProblem.Invalid)]
    [TestCase("garden.a*", SubjectProblem.Invalid)]
    public void A_subject_that_is_somebodys_may_not(string subject, SubjectProblem problem) =>
        _home.RefuseToSend(subject).ShouldBe(problem);

    [Test]
    public void The_prefix_of_the_home_decides()
    {
        _house.RefuseToSend("home.devices.a.b.set").ShouldBeNull();
        _house.RefuseToSend("my.house.devices.a.b.set").ShouldBe(SubjectProblem.Device);
        _house.RefuseToSend("my.house.discovery.request").ShouldBeNull();
        _house.RefuseToListen("my.house.devices.*.*.set").ShouldBe(SubjectProblem.Device);
        _house.IsHidden("my.house.devices.lock.front.set").ShouldBeTrue();
        _house.IsHidden("my.house.ha.services.lock.unlock").ShouldBeTrue();
    }

    [TestCase("home.>")]
    [TestCase("home.devices.>")]
    [TestCase("home.devices.*.*.state.*")]
    [TestCase("home.events.state_changed.sun.sun")]
    [TestCase("garden.*.level")]
    public void A_subject_without_secrets_may_be_listened_to(string subject) => _home.RefuseToListen(subject).ShouldBeNull();

    [Test]
    public void Commands_are_hidden_and_states_are_not()
    {
        _home.IsHidden("home.devices.lock.front.set").ShouldBeTrue();
        _home.IsHidden("home.devices.lock.front.config").ShouldBeTrue();
        _home.IsHidden("home.devices.lock.front.state.set").ShouldBeFalse();
        _home.IsHidden("garden.pump.set").ShouldBeFalse();
    }

    [Test]
    public void A_subject_is_not_too_long()
    {
        _home.RefuseToSend(new string('x', ClientSubjects.MaxLength)).ShouldBeNull();
        _home.RefuseToSend(new string('x', ClientSubjects.MaxLength + 1)).ShouldBe(SubjectProblem.Invalid);
    }
}
