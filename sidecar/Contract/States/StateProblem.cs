namespace HaNatsBridge.Contract.States;

/// <summary>A wrong value that a device published: the entity becomes unknown (contract.md, "State").</summary>
/// <param name="Path">The entity's key, with the attribute where one is wrong: <c>heating.temperature</c>; empty for a message as a whole.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public readonly record struct StateProblem(string Path, string Message);
