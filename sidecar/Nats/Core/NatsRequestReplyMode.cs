namespace NATS.Client.Core;

/// <summary>How <c>RequestAsync</c> receives its reply. Here both use one wildcard inbox a connection.</summary>
public enum NatsRequestReplyMode
{
    /// <summary>One shared inbox subscription, replies are told apart by their last token.</summary>
    SharedInbox,

    /// <summary>As <see cref="SharedInbox"/>; kept because callers of the official client may set it.</summary>
    Direct,
}
