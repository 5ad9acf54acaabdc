namespace HaNatsBridge.Contract.Protocol;

/// <summary>How far a client is in the moments (contract/protocol.md, "Listen").</summary>
/// <param name="Epoch">Which numbering: another one after the stream of moments was made anew, whose numbers begin again.</param>
/// <param name="Last">The id after which moments follow; 0: from the first one on.</param>
public sealed record EventPosition(string Epoch, ulong Last);
