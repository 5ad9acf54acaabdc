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
        var wanted = Corrected(now, planned, declared.MaxMessageBytes);
        if (!IsInShape(now, wanted))
        {
            EnsureSilent(planned, await ChangeAsync(now, wanted, cancellationToken));
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
            EnsureSilent(planned, (await jetStream.CreateStreamAsync(planned, cancellationToken)).Info.Config);
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

    /// <summary>
    /// A server that takes the setting without having it would let a device write into the registry, and is not used.
    /// </summary>
    private static void EnsureSilent(StreamConfig planned, StreamConfig now)
    {
        if (!planned.NoAck || now.NoAck)
        {
            return;
        }

        throw new StorageException(
            $"The server acknowledges what devices publish into {planned.Name}, and this cannot be turned off (no_ack). A device "
            + "could write into the registry that way. Nothing is started: use nats-server 2.9 or newer, or set it on the server.")
        {
            Repair = StorageRepairs.AcknowledgingStream.About(null, planned.Name!),
        };
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
        MaxMsgSize = declared.MaxMessageBytes ?? -1,
        DuplicateWindow = declared.DuplicateWindow,
        Discard = declared.RefusesWhenFull ? StreamConfigDiscard.New : StreamConfigDiscard.Old,
        NoAck = declared.IsWrittenByDevices,
        Storage = StreamConfigStorage.File,
        NumReplicas = 1,
        AllowDirect = true,
    };

    /// <summary>Only what is designed is changed: replicas, placement and the like are the operator's.</summary>
    private static StreamConfig Corrected(StreamConfig now, StreamConfig planned, int? maxMessageBytes) => now with
    {
        Description = planned.Description,
        Subjects = planned.Subjects,
        MaxBytes = planned.MaxBytes,
        MaxAge = planned.MaxAge,
        MaxMsgs = planned.MaxMsgs,
        MaxMsgsPerSubject = planned.MaxMsgsPerSubject,
        MaxMsgSize = maxMessageBytes ?? now.MaxMsgSize,
        Discard = planned.Discard,
        AllowDirect = planned.AllowDirect,
        NoAck = planned.NoAck,
        DuplicateWindow = planned.DuplicateWindow > TimeSpan.Zero ? planned.DuplicateWindow : now.DuplicateWindow,

        // With a header a device could empty the stream, publish on a neighbour's subject, or be answered after all.
        AllowRollupHdrs = !planned.NoAck && now.AllowRollupHdrs,
        AllowMsgSchedules = !planned.NoAck && now.AllowMsgSchedules,
        AllowAtomicPublish = !planned.NoAck && now.AllowAtomicPublish,
        AllowBatchPublish = !planned.NoAck && now.AllowBatchPublish,
    };

    private async Task<StreamConfig> ChangeAsync(StreamConfig now, StreamConfig wanted, CancellationToken cancellationToken)
    {
        try
        {
            return (await jetStream.UpdateStreamAsync(wanted, cancellationToken)).Info.Config;
        }
        catch (NatsJSApiException exception) when (IsTooLarge(exception) && wanted.MaxBytes < now.MaxBytes)
        {
            // A server whose room is all reserved asks for the new size besides the old one, also to make a stream smaller: it
            // stays.
            var same = wanted with { MaxBytes = now.MaxBytes };
            return (await jetStream.UpdateStreamAsync(same, cancellationToken)).Info.Config;
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

    private static bool IsInShape(StreamConfig now, StreamConfig wanted) =>
        Set(now.Subjects).SetEquals(Set(wanted.Subjects))
        && now.MaxBytes == wanted.MaxBytes
        && now.MaxAge == wanted.MaxAge
        && Limit(now.MaxMsgs) == Limit(wanted.MaxMsgs)
        && Limit(now.MaxMsgsPerSubject) == Limit(wanted.MaxMsgsPerSubject)
        && Limit(now.MaxMsgSize) == Limit(wanted.MaxMsgSize)
        && now.Discard == wanted.Discard
        && now.AllowDirect == wanted.AllowDirect
        && now.NoAck == wanted.NoAck
        && now.AllowRollupHdrs == wanted.AllowRollupHdrs
        && now.AllowMsgSchedules == wanted.AllowMsgSchedules
        && now.AllowAtomicPublish == wanted.AllowAtomicPublish
        && now.AllowBatchPublish == wanted.AllowBatchPublish
        && now.DuplicateWindow == wanted.DuplicateWindow;

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
