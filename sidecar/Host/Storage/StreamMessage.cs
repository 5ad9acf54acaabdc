using NATS.Client.Core;

namespace HaNatsBridge.Host.Storage;

/// <summary>What of a stream is read, and from where.</summary>
/// <param name="Stream">The stream's name.</param>
public sealed record StreamStart(string Stream)
{
    private const string All = ">";

    /// <summary>The subjects that are read. Default: all.</summary>
    public string Subject { get; init; } = All;

    /// <summary>
    /// Only messages with a larger sequence. Default: 0, from the first message. Where the stream ends before it, it is another
    /// stream than the sequence is from, and is read from its first message.
    /// </summary>
    public ulong After { get; init; }

    /// <summary>Only messages that were stored at this time or later; null: whenever they were stored.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>
    /// Whether of the messages that are stored at the start only the last of each subject is read. The server wants <see
    /// cref="Subject"/> for it.
    /// </summary>
    public bool LastPerSubject { get; init; }

    /// <summary>
    /// Whether the server sends only headers; the payload's size is then in the header <c>Nats-Msg-Size</c>. Default: false.
    /// </summary>
    public bool HeadersOnly { get; init; }

    /// <summary>
    /// The most messages that wait to be read; the server sends no more until half of them have been. Together they must stay far
    /// below 64 MiB: a server closes the connection of a client for which it has to hold back more. Default: 16, for messages of
    /// up to 1 MiB.
    /// </summary>
    public int Buffer { get; init; } = 16;

    /// <summary>Whether <see cref="Subject"/> leaves anything out.</summary>
    public bool IsFiltered => Subject != All;

    /// <summary>Every key of a KV bucket. A deleted key comes as a message with <see cref="StreamMessage.IsDeletion"/>.</summary>
    public static StreamStart OfBucket(string bucket) =>
        new("KV_" + bucket) { Subject = $"$KV.{bucket}.>", LastPerSubject = true };
}

/// <summary>One message of a stream; valid only while <see cref="IStreamReader.Read"/> runs.</summary>
public readonly ref struct StreamMessage
{
    private const string OperationHeader = "KV-Operation";

    /// <summary>Its subject.</summary>
    public required string Subject { get; init; }

    /// <summary>Its headers; null: none.</summary>
    public NatsHeaders? Headers { get; init; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Its number in the stream; of a bucket the revision.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>When the server stored it.</summary>
    public DateTimeOffset StoredAt { get; init; }

    /// <summary>
    /// How long it waited in the stream. Zero for a message that was stored while the stream was followed, whatever the server's
    /// clock says: only what was stored before (before the start, while the connection was lost) is judged by its timestamp.
    /// </summary>
    public TimeSpan Age { get; init; }

    /// <summary>Whether no later message was stored when the server sent it.</summary>
    public bool IsLast { get; init; }

    /// <summary>Whether it deletes or purges a key of a KV bucket.</summary>
    public bool IsDeletion =>
        Headers is not null && Headers.TryGetValue(OperationHeader, out var value) && value.ToString() is "DEL" or "PURGE";

    /// <summary>The key, where the stream is a KV bucket: the subject behind <c>$KV.{bucket}.</c>.</summary>
    public string Key => Subject[(Subject.IndexOf('.', Subject.IndexOf('.', StringComparison.Ordinal) + 1) + 1)..];
}

/// <summary>Takes what <see cref="StreamFollower"/> reads: one call at a time, in the stream's order. Must not block.</summary>
public interface IStreamReader
{
    /// <summary>Called once, before all else, with what the stream is: when it was made, and its last sequence.</summary>
    void Opened(DateTimeOffset created, ulong last)
    {
    }

    /// <summary>Takes one message. An exception is logged with the message's sequence, and the next message follows.</summary>
    void Read(in StreamMessage message);

    /// <summary>All that was stored when reading began has been read. Called once; at once where nothing was.</summary>
    void CaughtUp()
    {
    }
}
