using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-32: names and versions.</summary>
public sealed class Adr32NameRules
{
    [TestCase("")]
    [TestCase("with space")]
    [TestCase("dot.ted")]
    [TestCase("wild*")]
    [TestCase("ümlaut")]
    [TestCase("line\n")]
    [Rule("ADR-32", "Design")]
    public void The_name_of_a_service_is_of_letters_digits_dash_and_underscore(string name)
    {
        Should.Throw<ArgumentException>(() => new NatsSvcConfig(name, "1.0.0"));
        new NatsSvcConfig("Aa-Zz_09", "1.0.0").Name.ShouldBe("Aa-Zz_09");
    }

    [TestCase("")]
    [TestCase("1.0")]
    [TestCase("v1.0.0")]
    [TestCase("01.0.0")]
    [TestCase("1.0.0-")]
    [TestCase("1.0.0-01")]
    [TestCase("1.0.0+")]
    [TestCase("1.0.0\n")]
    [TestCase("1.0.0-α")]
    [Rule("ADR-32", "Design")]
    public void A_version_that_is_not_semantic_is_refused(string version) => Should.Throw<ArgumentException>(() => new NatsSvcConfig("ok", version));

    [TestCase("0.0.0")]
    [TestCase("10.20.30")]
    [TestCase("1.0.0-alpha.1")]
    [TestCase("1.0.0-0A.is.legal")]
    [TestCase("1.0.0-rc.1+build.001")]
    [TestCase("1.1.2+meta-valid")]
    [Rule("ADR-32", "Design")]
    public void A_semantic_version_is_taken(string version) => new NatsSvcConfig("ok", version).Version.ShouldBe(version);
}
