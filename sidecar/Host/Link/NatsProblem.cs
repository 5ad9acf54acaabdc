namespace HaNatsBridge.Host.Link;

/// <summary>Why a NATS server cannot be used, for people. Never with a password.</summary>
/// <param name="What">What is so: one sentence without its full stop.</param>
/// <param name="Remedy">What to do, with the name of the setting.</param>
public sealed record NatsProblem(string What, string Remedy)
{
    /// <summary>Both as one text.</summary>
    public override string ToString() => $"{What}. {Remedy}";
}
