namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// Names the source of the one rule that a test proves: a public document of NATS and the place in it. The test's own name is the rule. <see cref="RuleBookTests"/> keeps
/// docs/nats-conformance.md to what these say.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RuleAttribute(string document, string section) : Attribute
{
    /// <summary>One of <see cref="Documents"/>, like "ADR-8".</summary>
    public string Document { get; } = document;

    /// <summary>The heading in that document under which the rule stands.</summary>
    public string Section { get; } = section;
}
