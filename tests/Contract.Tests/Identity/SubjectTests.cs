using HaNatsBridge.Contract.Identity;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Identity;

internal sealed class SubjectTests
{
    private static readonly DeviceId Hall = new("climate", "hall");

    [Test]
    public void Every_subject_that_is_built_can_be_parsed([Values("home", "my.house")] string root)
    {
        var subjects = new HomeSubjects(root);
        (string Subject, DeviceSubject Parsed)[] pairs =
        [
            (subjects.StateOf(Hall), new(DeviceSubjectKind.State, Hall, null)),
            (subjects.StateOf(Hall, "t_1"), new(DeviceSubjectKind.EntityState, Hall, "t_1")),
            (subjects.HealthOf(Hall), new(DeviceSubjectKind.Health, Hall, null)),
            (subjects.EventOf(Hall, "bell"), new(DeviceSubjectKind.Event, Hall, "bell")),
            (subjects.PastOf(Hall, "t"), new(DeviceSubjectKind.Past, Hall, "t")),
            (subjects.ImageOf(Hall, "cam"), new(DeviceSubjectKind.Image, Hall, "cam")),
            (subjects.SetOf(Hall), new(DeviceSubjectKind.Set, Hall, null)),
            (subjects.ConfigOf(Hall), new(DeviceSubjectKind.Config, Hall, null)),
            (subjects.AnnounceOf(Hall), new(DeviceSubjectKind.Announce, Hall, null)),
            (subjects.RemoveOf(Hall), new(DeviceSubjectKind.Remove, Hall, null)),
            (subjects.AvailableOf(Hall), new(DeviceSubjectKind.Available, Hall, null)),
            (subjects.AuditOf(Hall), new(DeviceSubjectKind.Audit, Hall, null)),
        ];
        foreach (var (subject, expected) in pairs)
        {
            subject.ShouldStartWith(root + ".");
            subjects.TryParse(subject, out var parsed).ShouldBeTrue(subject);
            parsed.ShouldBe(expected);
        }
    }

    [TestCase("home.devices.climate.hall")]
    [TestCase("home.devices.climate.hall.")]
    [TestCase("home.devices.climate.hall.state.")]
    [TestCase("home.devices.climate.hall.state.a.b")]
    [TestCase("home.devices.climate.hall.health.a")]
    [TestCase("home.devices.climate.hall.event")]
    [TestCase("home.devices.climate.hall.other")]
    [TestCase("home.devices.climate..state")]
    [TestCase("home.devices.*.hall.state")]
    [TestCase("home.devices.climate.ha ll.state")]
    [TestCase("home.discovery.announce")]
    [TestCase("home.discovery.announce.climate")]
    [TestCase("home.discovery.announce.climate.hall.x")]
    [TestCase("home.discovery.devices")]
    [TestCase("homes.devices.climate.hall.state")]
    [TestCase("other.devices.climate.hall.state")]
    [TestCase("")]
    public void Anything_else_is_no_subject_of_a_device(string subject) =>
        new HomeSubjects("home").TryParse(subject, out _).ShouldBeFalse();

    [TestCase("")]
    [TestCase(".")]
    [TestCase("home.")]
    [TestCase("home.*")]
    [TestCase("home.>")]
    [TestCase("my house")]
    [TestCase(null)]
    public void A_root_prefix_is_made_of_safe_tokens(string? root)
    {
        HomeSubjects.IsValidRoot(root).ShouldBeFalse();
        Should.Throw<ArgumentException>(() => new HomeSubjects(root!));
        Should.Throw<ArgumentException>(() => new HomeNames(root!));
    }

    [Test]
    public void Names_carry_the_prefix_so_that_two_homes_can_share_an_account()
    {
        new HomeNames("home").TelemetryStream.ShouldBe("HOME_TELEMETRY");
        new HomeNames("home").DevicesBucket.ShouldBe("home_devices");
        new HomeNames("my.house").TelemetryStream.ShouldBe("MY-HOUSE_TELEMETRY");
        new HomeNames("my.house").DevicesBucket.ShouldBe("my-house_devices");
    }

    [Test]
    public void An_event_of_home_assistant_cannot_leave_its_place()
    {
        var events = new HomeSubjects("home").Events;
        events.StateChanged("sun", "sun").ShouldBe("home.events.state_changed.sun.sun");
        events.System("started").ShouldBe("home.events.system.started");
        Should.Throw<ArgumentException>(() => events.StateChanged("sun", "a.b"));
        Should.Throw<ArgumentException>(() => events.StateChanged("*", "a"));
        Should.Throw<ArgumentException>(() => events.System("a b"));
        Should.Throw<ArgumentException>(() => new HomeSubjects("home").Dlq(">"));
    }

    [TestCase("a", true)]
    [TestCase("Az09_-", true)]
    [TestCase("", false)]
    [TestCase("a.b", false)]
    [TestCase("a*", false)]
    [TestCase("ä", false)]
    [TestCase("a b", false)]
    public void A_token_is_letters_digits_underscore_and_hyphen(string text, bool valid)
    {
        Token.IsValid(text).ShouldBe(valid);
        Token.IsValid(System.Text.Encoding.UTF8.GetBytes(text)).ShouldBe(valid);
    }

    [Test]
    public void A_token_has_at_most_64_characters()
    {
        Token.IsValid(new string('x', 64)).ShouldBeTrue();
        Token.IsValid(new string('x', 65)).ShouldBeFalse();
    }
}
