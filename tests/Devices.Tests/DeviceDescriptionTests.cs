using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Devices.Tests;

internal sealed class DeviceDescriptionTests
{
    private static readonly string[][] Connections = [["mac", "02:00:5e:10:00:01"]];

    [Test]
    public void Fields_are_written_as_they_are_given()
    {
        var description = new DeviceDescription("climate", "hall", new { name = "Hall", connections = Connections })
            .With("temperature", "sensor", new JsonObject { ["unit_of_measurement"] = "°C" })
            .With("main", "climate", new Dictionary<string, object?> { ["name"] = null, ["min_temp"] = 5.5 })
            .With("plain", "button");

        Encoding.UTF8.GetString(description.ToJson().Span).ShouldBe(
            """{"schema":1,"type":"climate","id":"hall","name":"Hall","connections":[["mac","02:00:5e:10:00:01"]],"entities":["""
            + """{"key":"temperature","platform":"sensor","unit_of_measurement":"°C"},"""
            + """{"key":"main","platform":"climate","name":null,"min_temp":5.5},{"key":"plain","platform":"button"}]}""");
        description.Keys.ShouldBe(["temperature", "main", "plain"]);
    }

    [Test]
    public void What_has_a_parameter_of_its_own_is_no_field()
    {
        Should.Throw<ArgumentException>(() => new DeviceDescription("lamp", "desk", new { id = "other" }));
        var lamp = new DeviceDescription("lamp", "desk");
        Should.Throw<ArgumentException>(() => lamp.With("light", "light", new { platform = "switch" }));
    }

    [TestCase("")]
    [TestCase("a.b")]
    [TestCase("*")]
    [TestCase("a b")]
    public void Names_are_one_word(string name)
    {
        Should.Throw<ArgumentException>(() => new DeviceDescription(name, "desk"));
        Should.Throw<ArgumentException>(() => new DeviceDescription("lamp", name));
        Should.Throw<ArgumentException>(() => new DeviceDescription("lamp", "desk").With(name, "light"));
    }

    [Test]
    public void A_key_is_there_once()
    {
        var lamp = new DeviceDescription("lamp", "desk").With("light", "light");
        Should.Throw<ArgumentException>(() => lamp.With("light", "switch"));
    }

    [Test]
    public void A_device_that_no_home_would_take_is_refused_here()
    {
        var many = Enumerable.Range(0, 1001)
            .Aggregate(new DeviceDescription("node", "one"), (node, number) => node.With($"k{number}", "sensor"));
        var large = new DeviceDescription("node", "one", new { name = new string('x', 600_000) });

        Should.Throw<ArgumentException>(() => new Device(many));
        Should.Throw<ArgumentException>(() => new Device(large));
    }

    [Test]
    public void A_device_stays_itself()
    {
        var device = new Device(new DeviceDescription("lamp", "desk"));
        Should.Throw<ArgumentException>(() => device.Describe(new DeviceDescription("lamp", "hall")));
    }

    [Test]
    public void A_device_has_one_connection()
    {
        var device = new Device(new DeviceDescription("lamp", "desk"));
        var first = new DeviceConnection(new DeviceConnectionOptions());
        first.Add(device);

        Should.Throw<InvalidOperationException>(() => new DeviceConnection(new DeviceConnectionOptions()).Add(device));
        Should.Throw<InvalidOperationException>(() => first.Add(new Device(new DeviceDescription("lamp", "desk"))));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("""{"stream":"HOME","seq":3}""")]
    [TestCase("""{"ok":"yes"}""")]
    [TestCase("""{"ok":false,"errors":[3]}""")]
    public void A_reply_that_is_none_is_recognised(string reply) =>
        DiscoveryReply.Read(Encoding.UTF8.GetBytes(reply)).ShouldBeNull();
}
