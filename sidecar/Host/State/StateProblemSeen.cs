namespace HaNatsBridge.Host.State;

/// <summary>A wrong value that a device published, kept for its diagnostics.</summary>
/// <param name="Path">The entity's key, with the attribute where one is wrong: <c>heating.temperature</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Count">How often.</param>
/// <param name="LastSeen">When last.</param>
public sealed record StateProblemSeen(string Path, string Message, long Count, DateTimeOffset LastSeen);
