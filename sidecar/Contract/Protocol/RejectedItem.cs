namespace HaNatsBridge.Contract.Protocol;

/// <summary>An item of a report that was dropped because it is malformed.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Message">What is wrong.</param>
public readonly record struct RejectedItem(long Number, string Message);
