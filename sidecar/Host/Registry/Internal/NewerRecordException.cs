namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// A newer sidecar wrote the record: this one leaves it as it is (architecture.md, rule 3). The message is for people.
/// </summary>
internal sealed class NewerRecordException(string message) : Exception(message);
