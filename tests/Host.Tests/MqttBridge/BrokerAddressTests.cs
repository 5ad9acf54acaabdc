using HaNatsBridge.Host.MqttBridge;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.MqttBridge;

internal sealed class BrokerAddressTests
{
    [Test]
    public void An_address_has_its_usual_parts()
    {
        BrokerAddress.Parse("mqtt://anna:p%40ss%3Aword@broker.lan:1884").ShouldBe(new BrokerAddress
        {
            Host = "broker.lan", Port = 1884, User = "anna", Password = "p@ss:word", Name = "broker.lan:1884",
        });
        BrokerAddress.Parse("broker.lan").ShouldBe(new BrokerAddress { Host = "broker.lan", Port = 1883, Name = "broker.lan:1883" });
        BrokerAddress.Parse("mqtts://broker.lan").ShouldBe(new BrokerAddress
        {
            Host = "broker.lan", Port = 8883, IsTls = true, Name = "broker.lan:8883",
        });
    }

    [Test]
    public void Everything_else_stands_behind_a_question_mark()
    {
        BrokerAddress.Parse("mqtt://b?version=3.1.1&client_id=bridge&clean=false&prefix=ha/disco&name=Cellar&type=zigbee").ShouldBe(
            new BrokerAddress
            {
                Host = "b", Port = 1883, Version = 311, ClientId = "bridge", IsClean = false, Prefix = "ha/disco", Name = "Cellar",
                Type = "zigbee",
            });
    }

    [TestCase("http://broker", "mqtt://user:password@host:1883")]
    [TestCase("mqtt://", "mqtt://user:password@host:1883")]
    [TestCase("mqtt://broker/path", "mqtt://user:password@host:1883")]
    [TestCase("mqtt://broker?version=4.2", "5 or 3.1.1")]
    [TestCase("mqtt://broker?prefix=a/%23", "without wildcards")]
    [TestCase("mqtt://broker?type=a.b", "A-Z a-z 0-9")]
    [TestCase("mqtt://broker?ca=/nowhere.pem", "no such file")]
    [TestCase("mqtt://broker?colour=red", "colour is not known")]
    public void What_is_wrong_says_what_would_be_right(string text, string expected) =>
        Should.Throw<FormatException>(() => BrokerAddress.Parse(text)).Message.ShouldContain(expected);

    [Test]
    public void The_password_is_never_shown() =>
        BrokerAddress.Parse("mqtt://anna:secret@broker").ToString().ShouldBe("broker:1883");
}
