using HaNatsBridge.Contract.Announcements;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Announcements;

internal sealed class RepeatedNamesTests
{
    [TestCase("Ballon", "Ballon", "")]
    [TestCase("Ballon", " ballon ", "")]
    [TestCase("Ballon", "BALLON!", "")]
    [TestCase("Lamp", "Lamp power", "Power")]
    [TestCase("Lamp", "lamp: power", "Power")]
    [TestCase("Lamp", "Lamp-power", "Power")]
    [TestCase("Lamp", "Lamp_power", "Power")]
    [TestCase("Lamp 1", "Lamp 1 (power)", "Power)")]
    [TestCase("Küche", "KÜCHE Licht", "Licht")]
    [TestCase("Lamp", "Lamp’s power", "S power")]
    public void A_name_that_begins_with_the_words_of_another_is_found(string prefix, string name, string rest) =>
        RepeatedNames.RestAfter(prefix, name).ShouldBe(rest);

    [TestCase("Lamp", "Lampshade")]
    [TestCase("Lamp", "Lämp")]
    [TestCase("Lamp", "Power of the lamp")]
    [TestCase("Lamp", "Lam")]
    [TestCase("Lamp 1", "Lamp 10 power")]
    [TestCase("Cafe", "Cafe\u0301 Licht")]
    [TestCase("灯", "灯亮度")]
    [TestCase("", "Power")]
    [TestCase(" ", "Power")]
    [TestCase("-", "- Power")]
    public void One_that_only_looks_so_is_not(string prefix, string name) =>
        RepeatedNames.RestAfter(prefix, name).ShouldBeNull();
}
