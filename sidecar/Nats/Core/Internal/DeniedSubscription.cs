namespace NATS.Client.Core.Internal;

/// <summary>What a server says of a subscription that it does not allow.</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="Queue">Its queue group, if it has one.</param>
/// <param name="Sid">Its number where the server tells it, else 0.</param>
internal readonly record struct DeniedSubscription(string Subject, string? Queue, int Sid);
