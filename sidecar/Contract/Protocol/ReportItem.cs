namespace HaNatsBridge.Contract.Protocol;

/// <summary>One of Home Assistant's own events, checked, as it goes to <c>home.events.…</c>.</summary>
/// <param name="Number">Its number within the client's instance: the message id is <c>{instance}:{number}</c>.</param>
/// <param name="IsSystem">Whether it is a system event; else a change of state.</param>
/// <param name="Domain">The entity's domain; for a system event the event's name.</param>
/// <param name="ObjectId">The entity's object id; for a system event empty.</param>
/// <param name="Payload">What is published, JSON, UTF-8.</param>
public sealed record ReportItem(long Number, bool IsSystem, string Domain, string ObjectId, ReadOnlyMemory<byte> Payload);
