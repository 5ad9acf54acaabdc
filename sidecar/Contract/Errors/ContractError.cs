namespace HaNatsBridge.Contract.Errors;

/// <summary>One thing that is wrong with a message, as the peer that sent it is told (contract.md, "Announce").</summary>
/// <param name="Path">Where, as <c>entities[1].hvac_modes</c>; empty for the message as a whole.</param>
/// <param name="Code">One of <see cref="AnnounceCodes"/>.</param>
/// <param name="Message">What is wrong and what would be right, for a person.</param>
public sealed record ContractError(string Path, string Code, string Message);
