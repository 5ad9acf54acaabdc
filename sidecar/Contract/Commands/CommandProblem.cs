namespace HaNatsBridge.Contract.Commands;

/// <summary>Why a command does not fit its entity's description.</summary>
/// <param name="Code"><c>INVALID_COMMAND</c> or <c>INVALID_PARAMETER</c>.</param>
/// <param name="Path">Where: <c>action</c> or <c>params.temperature</c>.</param>
/// <param name="Message">What is wrong and what would be right, for the person who gave the command.</param>
public sealed record CommandProblem(string Code, string Path, string Message);
