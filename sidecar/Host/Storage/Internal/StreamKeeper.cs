using HaNatsBridge.Host.Repairs;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Makes a stream as planned, or brings one that is already there into shape, unless it keeps other subjects.</summary>
internal sealed partial class StreamKeeper(INatsJSContext jetStream, ILogger logger)
{
    private const int StreamNotFound = 10059;
    private const int InsufficientResources = 10023;
    private const int StorageExceeded = 10047;
    private const int SubjectsOverlap = 10065;

    /// <summary>A stream that is not ours has what ours must have: nothing can start until a person has decided.</summary>
    private const string ForeignStream = "foreign_stream";

    /// <summary>Whether the server says that so much cannot be reserved.</summary>
    public static bool IsTooLarge(NatsJSApiException exception) => exception.Error.ErrCode is InsufficientResources or StorageExceeded;

    /// <summary>Returns the stream as the server has it now.</summary>
    /// <param name="planned">How it should be.</param>
    /// <param name="keepsContents">Whether a stream that is there must not become smaller than what it holds: the plan was made smaller because a server refused, and perhaps refused for another reason.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StorageException">A stream of that name has other subjects, or another stream has its subjects.</exception>
    public async Task<INatsJSStream> EnsureAsync(StreamConfig planned, bool keepsContents, CancellationToken cancellationToken)
    {
        if (await FindAsync(planned.Name!, cancellationToken) is not { } existing)
        {
            return await MakeAsync(planned, cancellationToken);
        }

        var now = existing.Info.Config;
        Refuse(planned, now);
        if (keepsContents && existing.Info.State.Bytes > planned.MaxBytes)
        {
            planned = planned with { MaxBytes = now.MaxBytes };
        }

        if (IsInShape(planned, now))
        {
            return existing;
        }

        await ChangeAsync(existing, planned, cancellationToken);
        LogChanged(planned.Name!, planned.MaxBytes);
        return existing;
    }

    /// <summary>Makes the stream if there is none.</summary>
    /// <param name="planned">How it is made.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="StorageException">A stream of that name has other subjects, or another stream has its subjects.</exception>
    public async Task EnsureExistsAsync(StreamConfig planned, CancellationToken cancellationToken)
    {
        if (await FindAsync(planned.Name!, cancellationToken) is { } existing)
        {
            Refuse(planned, existing.Info.Config);
        }
        else
        {
            await MakeAsync(planned, cancellationToken);
        }
    }

    /// <summary>Only what is designed is changed: replicas, placement and the like are the operator's.</summary>
    private static async Task ChangeAsync(INatsJSStream existing, StreamConfig planned, CancellationToken cancellationToken)
    {
        var now = existing.Info.Config;
        var wanted = now with
        {
            Description = planned.Description,
            MaxBytes = planned.MaxBytes,
            MaxAge = planned.MaxAge,
            MaxMsgs = planned.MaxMsgs,
            MaxMsgsPerSubject = planned.MaxMsgsPerSubject,
            Discard = planned.Discard,
            AllowDirect = planned.AllowDirect,
            DuplicateWindow = planned.DuplicateWindow > TimeSpan.Zero ? planned.DuplicateWindow : now.DuplicateWindow,
        };
        try
        {
            await existing.UpdateAsync(wanted, cancellationToken);
        }
        catch (NatsJSApiException exception) when (IsTooLarge(exception) && wanted.MaxBytes < now.MaxBytes)
        {
            // A server whose room is all reserved has none to make a stream smaller either: it asks for the new size besides the old one. So it stays as large as it is.
            var same = planned with { MaxBytes = now.MaxBytes };
            if (!IsInShape(same, now))
            {
                await existing.UpdateAsync(wanted with { MaxBytes = now.MaxBytes }, cancellationToken);
            }
        }
    }

    private static void Refuse(StreamConfig planned, StreamConfig now)
    {
        if (Same(planned.Subjects, now.Subjects) && Same(planned.Sources?.Select(source => source.Name), now.Sources?.Select(source => source.Name)) && now.Mirror is null)
        {
            return;
        }

        throw new StorageException(
            $"The stream {planned.Name} exists with other subjects ({Text(now)} instead of {Text(planned)}). "
            + "It is not touched: delete or rename it, or choose another root with --prefix.") { Repair = Foreign(planned.Name!, Text(now), planned) };
    }

    private static Repair Foreign(string stream, string has, StreamConfig planned) => new(ForeignStream, ForeignStream, "error", new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["stream"] = stream, ["has"] = has, ["wanted"] = planned.Name!, ["subjects"] = Text(planned),
    });

    private static bool IsInShape(StreamConfig planned, StreamConfig now) =>
        now.MaxBytes == planned.MaxBytes && now.MaxAge == planned.MaxAge && Limit(now.MaxMsgs) == Limit(planned.MaxMsgs)
        && Limit(now.MaxMsgsPerSubject) == Limit(planned.MaxMsgsPerSubject) && now.Discard == planned.Discard && now.AllowDirect == planned.AllowDirect
        && (planned.DuplicateWindow == TimeSpan.Zero || now.DuplicateWindow == planned.DuplicateWindow);

    private static long Limit(long value) => value <= 0 ? -1 : value;

    private static bool Same(IEnumerable<string>? left, IEnumerable<string>? right) =>
        (left ?? []).ToHashSet(StringComparer.Ordinal).SetEquals(right ?? []);

    private static string Text(StreamConfig config) =>
        config.Sources is { Count: > 0 } sources ? $"copies {string.Join(", ", sources.Select(source => source.Name))}"
        : config.Mirror is { } mirror ? $"mirrors {mirror.Name}"
        : config.Subjects is { Count: > 0 } subjects ? string.Join(", ", subjects)
        : "none";

    private async Task<INatsJSStream> MakeAsync(StreamConfig planned, CancellationToken cancellationToken)
    {
        try
        {
            var made = await jetStream.CreateStreamAsync(planned, cancellationToken);
            LogMade(planned.Name!, planned.MaxBytes);
            return made;
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == SubjectsOverlap)
        {
            // The server does not say whose: a person needs the name.
            var others = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var subject in planned.Subjects ?? [])
            {
                await foreach (var stream in jetStream.ListStreamsAsync(subject, cancellationToken))
                {
                    others[stream.Info.Config.Name!] = Text(stream.Info.Config);
                }
            }

            var names = string.Join(", ", others.Keys);
            throw new StorageException(
                $"{names} captures subjects that {planned.Name} is to keep ({Text(planned)}). "
                + "It is not touched: narrow its subjects or delete it, or choose another root with --prefix.")
            {
                Repair = Foreign(names, string.Join(", ", others.Values), planned),
            };
        }
    }

    private async Task<INatsJSStream?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await jetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == StreamNotFound)
        {
            return null;
        }
    }

    [LoggerMessage(1200, LogLevel.Information, "Made stream {Name}, at most {MaxBytes} bytes")]
    private partial void LogMade(string name, long maxBytes);

    [LoggerMessage(1201, LogLevel.Information, "Brought stream {Name} into shape, at most {MaxBytes} bytes")]
    private partial void LogChanged(string name, long maxBytes);
}
