namespace NATS.Client.Core;

/// <summary>Options of one publish. Nothing to choose in the core; JetStream's options derive from it.</summary>
public record NatsPubOpts;
