namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>A public document of NATS.</summary>
/// <param name="Id">What <see cref="RuleAttribute.Document"/> says.</param>
/// <param name="Title">What it is about, in our words.</param>
/// <param name="Address">Where it stands.</param>
/// <param name="WhyNot">Why its rules are not for this client; null where they are.</param>
internal sealed record Document(string Id, string Title, string Address, string? WhyNot = null);
