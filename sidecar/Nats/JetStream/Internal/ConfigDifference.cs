namespace NATS.Client.JetStream.Internal;

/// <summary>A field of a configuration that the server has otherwise than asked.</summary>
/// <param name="Path">The field as the API spells it, for example <c>sources[0].filter_subject</c>.</param>
/// <param name="Asked">What was asked, as JSON.</param>
/// <param name="Echoed">What the server answered, as JSON; nothing when it does not know the field.</param>
internal sealed record ConfigDifference(string Path, string Asked, string? Echoed);
