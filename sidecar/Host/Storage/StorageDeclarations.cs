using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Storage;

/// <summary>The names and subjects of a home, which its streams and buckets are declared with.</summary>
/// <param name="Names">Of streams and buckets.</param>
/// <param name="Subjects">Of messages.</param>
public sealed record HomeLayout(HomeNames Names, HomeSubjects Subjects);

/// <summary>
/// A stream that a feature needs (docs/architecture.md, "Streams and buckets"). It is made where the feature runs, and its settings
/// are brought into shape at each start. When it is full it discards its oldest messages, unless <see cref="RefusesWhenFull"/>.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What is in it, for people.</param>
/// <param name="MaxBytes">Its size where there is room; smaller in proportion where all streams together find less.</param>
public sealed record StreamDeclaration(string Name, string Description, long MaxBytes)
{
    /// <summary>The subjects that it captures. None: it copies <see cref="Source"/>.</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>The stream that it copies; null: none.</summary>
    public string? Source { get; init; }

    /// <summary>Whether only the last message of each subject is retained.</summary>
    public bool LastPerSubject { get; init; }

    /// <summary>How long messages are retained. Default: for ever.</summary>
    public TimeSpan MaxAge { get; init; }

    /// <summary>
    /// How long a message id is remembered, so that what is published again is stored once. Default: the server's two minutes.
    /// </summary>
    public TimeSpan DuplicateWindow { get; init; }

    /// <summary>
    /// Whether devices publish into it. The server then acknowledges nothing (<c>no_ack</c>): it writes an acknowledgement to
    /// whatever subject the publisher names, also where the publisher itself may not publish (contract/subjects.md, "A device's rights").
    /// </summary>
    public bool IsWrittenByDevices { get; init; }

    /// <summary>The largest message with its headers, in bytes; -1: the server's limit. Null: the operator's.</summary>
    public int? MaxMessageBytes { get; init; }

    /// <summary>
    /// Whether a full stream takes nothing new instead of discarding its oldest messages. A source waits then, and goes on where
    /// it was when there is room again.
    /// </summary>
    public bool RefusesWhenFull { get; init; }
}

/// <summary>
/// A KV bucket that a feature needs. It is made where the feature runs, and its settings are brought into shape at each start.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What is in it, for people.</param>
public sealed record BucketDeclaration(string Name, string Description)
{
    /// <summary>How many revisions of a key are retained. Default: 1.</summary>
    public int History { get; init; } = 1;

    /// <summary>The subjects below which the server publishes each change, <c>home.config.&gt;</c>; null: none.</summary>
    public string? RepublishedTo { get; init; }
}

/// <summary>How a feature declares what it stores.</summary>
public static class StorageDeclarations
{
    /// <summary>One mebibyte, in bytes.</summary>
    public const long Mebibyte = 1L << 20;

    /// <summary>One gibibyte, in bytes.</summary>
    public const long Gibibyte = 1L << 30;

    /// <summary>
    /// The shortest duplicate window that a server accepts; none at all cannot be set. Ids are not scoped by subject, so in a
    /// longer one two devices that number their messages alike lose messages.
    /// </summary>
    public static readonly TimeSpan ShortestDuplicateWindow = TimeSpan.FromMilliseconds(100);

    /// <summary>Declares a stream.</summary>
    public static IServiceCollection AddStream(this IServiceCollection services, Func<HomeLayout, StreamDeclaration> declare) =>
        services.AddSingleton(declare);

    /// <summary>Declares a bucket.</summary>
    public static IServiceCollection AddBucket(this IServiceCollection services, Func<HomeLayout, BucketDeclaration> declare) =>
        services.AddSingleton(declare);
}
