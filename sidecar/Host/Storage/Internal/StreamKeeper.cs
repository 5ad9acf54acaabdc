using HaNatsBridge.Host.Repairs;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>Makes a stream as declared, or brings one that is already there into shape, unless it has other subjects.</summary>
internal sealed partial class StreamKeeper(INatsJSContext jetStream, ILogger logger)
{
    private const int StreamNotFound = 10059;
    private const int InsufficientResources = 10023;
    private const int StorageExceeded = 10047;
    private const int NameInUse = 10058;
    private const int SubjectsOverlap = 10065;

    /// <summary>Whether the server says that so much cannot be reserved.</summary>
    public static bool IsTooLarge(NatsJSApiException exception) =>
        exception.Error.ErrCode is InsufficientResources or StorageExceeded;

    /// <summary>Brings the stream into shape; false: there is none.</summary>
    /// <exception cref="StorageException">A stream of that name has other subjects.</exception>
    public async Task<bool> TryCorrectAsync(StreamDeclaration declared, CancellationToken cancellationToken)
    {
        INatsJSStream existing;
        try
        {
            existing = await jetStream.GetStreamAsync(declared.Name, cancellationToken: cancellationToken);
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == StreamNotFound)
        {
            return false;
        }

        var (planned, now) = (Plan(declared), existing.Info.Config);
        Refuse(planned, now);
        if (!IsInShape(planned, now))
        {
            await ChangeAsync(existing, planned, cancellationToken);
            LogChanged(declared.Name, planned.MaxBytes);
        }

        return true;
    }

    /// <summary>Makes the stream.</summary>
    /// <exception cref="StorageException">Another stream has its subjects.</exception>
    public async Task MakeAsync(StreamDeclaration declared, CancellationToken cancellationToken)
    {
        var planned = Plan(declared);
        try
        {
            await jetStream.CreateStreamAsync(planned, cancellationToken);
            LogMade(declared.Name, planned.MaxBytes);
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == NameInUse)
        {
            // Another sidecar of this home was quicker.
            await TryCorrectAsync(declared, cancellationToken);
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == SubjectsOverlap)
        {
            throw await OverlapAsync(planned, cancellationToken);
        }
    }

    private static StreamConfig Plan(StreamDeclaration declared) => new()
    {
        Name = declared.Name,
        Description = declared.Description,
        Subjects = declared.Subjects.Count > 0 ? [.. declared.Subjects] : null,
        Sources = declared.Source is { } source ? [new StreamSource { Name = source }] : null,
        MaxBytes = declared.MaxBytes,
        MaxAge = declared.MaxAge,
        MaxMsgs = -1,
        MaxConsumers = -1,
        MaxMsgsPerSubject = declared.LastPerSubject ? 1 : -1,
        DuplicateWindow = declared.DuplicateWindow,
        Discard = StreamConfigDiscard.Old,
        Storage = StreamConfigStorage.File,
        NumReplicas = 1,
        AllowDirect = true,
    };

    /// <summary>Only what is designed is changed: replicas, placement and the like are the operator's.</summary>
    private static async Task ChangeAsync(INatsJSStream existing, StreamConfig planned, CancellationToken cancellationToken)
    {
        var now = existing.Info.Config;
        var wanted = now with
        {
            Description = planned.Description,
            Subjects = planned.Subjects,
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
            // A server whose room is all reserved asks for the new size besides the old one, also to make a stream smaller: it
            // stays.
            await existing.UpdateAsync(wanted with { MaxBytes = now.MaxBytes }, cancellationToken);
        }
    }

    private static void Refuse(StreamConfig planned, StreamConfig now)
    {
        if (IsOurs(planned, now))
        {
            return;
        }

        throw new StorageException(
            $"The stream {planned.Name} exists with other subjects ({Text(now)} instead of {Text(planned)}). "
            + "It is not touched: delete or rename it, or choose another root with --prefix.")
        {
            Repair = Foreign(planned.Name!, Text(now), planned),
        };
    }

    /// <summary>Whether it has what it should have, or, from an earlier layout, subjects of the home's devices besides.</summary>
    private static bool IsOurs(StreamConfig planned, StreamConfig now)
    {
        var (subjects, has) = (Set(planned.Subjects), Set(now.Subjects));
        var root = subjects.FirstOrDefault()?.Split('.')[0];
        return now.Mirror is null
            && Set(planned.Sources?.Select(source => source.Name)).SetEquals(Set(now.Sources?.Select(source => source.Name)))
            && has.IsSupersetOf(subjects)
            && has.Except(subjects).All(other =>
                other.Split('.')[0] == root && other.Contains(".devices.*.*.", StringComparison.Ordinal));
    }

    private static Repair Foreign(string stream, string has, StreamConfig planned) =>
        StorageRepairs.ForeignStream.About(null, stream, has, planned.Name!, Text(planned));

    private static bool IsInShape(StreamConfig planned, StreamConfig now) =>
        Set(now.Subjects).SetEquals(Set(planned.Subjects))
        && now.MaxBytes == planned.MaxBytes
        && now.MaxAge == planned.MaxAge
        && Limit(now.MaxMsgs) == Limit(planned.MaxMsgs)
        && Limit(now.MaxMsgsPerSubject) == Limit(planned.MaxMsgsPerSubject)
        && now.Discard == planned.Discard
        && now.AllowDirect == planned.AllowDirect
        && (planned.DuplicateWindow == TimeSpan.Zero || now.DuplicateWindow == planned.DuplicateWindow);

    private static long Limit(long value) => value <= 0 ? -1 : value;

    private static HashSet<string> Set(IEnumerable<string?>? texts) =>
        (texts ?? []).OfType<string>().ToHashSet(StringComparer.Ordinal);

    private static string Text(StreamConfig config) =>
        config.Sources is { Count: > 0 } sources ? $"copies {string.Join(", ", sources.Select(source => source.Name))}"
        : config.Mirror is { } mirror ? $"mirrors {mirror.Name}"
        : config.Subjects is { Count: > 0 } subjects ? string.Join(", ", subjects)
        : "none";

    /// <summary>The server does not say which stream has the subjects; a person needs its name.</summary>
    private async Task<StorageException> OverlapAsync(StreamConfig planned, CancellationToken cancellationToken)
    {
        var others = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var subject in planned.Subjects ?? [])
        {
            await foreach (var stream in jetStream.ListStreamsAsync(subject, cancellationToken))
            {
                others[stream.Info.Config.Name!] = Text(stream.Info.Config);
            }
        }

        var names = string.Join(", ", others.Keys);
        return new StorageException(
            $"{names} captures subjects that {planned.Name} is to capture ({Text(planned)}). "
            + "It is not touched: narrow its subjects or delete it, or choose another root with --prefix.")
        {
            Repair = Foreign(names, string.Join(", ", others.Values), planned),
        };
    }

    [LoggerMessage(1200, LogLevel.Information, "Made stream {Name}, at most {MaxBytes} bytes")]
    private partial void LogMade(string name, long maxBytes);

    [LoggerMessage(1201, LogLevel.Information, "Brought stream {Name} into shape, at most {MaxBytes} bytes")]
    private partial void LogChanged(string name, long maxBytes);
}
