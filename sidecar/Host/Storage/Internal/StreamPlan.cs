using HaNatsBridge.Contract.Identity;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The table of architecture.md, "Streams and buckets", as configurations.</summary>
internal sealed class StreamPlan
{
    /// <summary>What the store takes when nobody limits it.</summary>
    public const long FullBudget = 8 * Gibibyte;

    private const long Gibibyte = 1L << 30;
    private const long Mebibyte = 1L << 20;
    private const long Small = 256 * Mebibyte;
    private const long Step = 64 * 1024;

    /// <summary>How long a message id is remembered where what was sent without an answer is sent again: an outage may last longer than the server's two minutes.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>The streams, in the order in which they must be made: a source before who copies it.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="subjects">Their subjects.</param>
    /// <param name="budget">Bytes for streams and buckets together: half of the free disk or less. Streams share what telemetry and an eighth for the buckets leave.</param>
    public StreamPlan(HomeNames names, HomeSubjects subjects, long budget)
    {
        // Half of the free disk is the store's, half of that telemetry's: a quarter of the free disk.
        var telemetry = Math.Min(4 * Gibibyte, budget / 2);
        var buckets = budget / 8;
        var others = (4 * Small) + Gibibyte;
        var scale = Math.Min(1, (double)(budget - telemetry - buckets) / others);
        long Share(long bytes) => Math.Max(Step, (long)(bytes * scale) / Step * Step);

        Streams =
        [
            Stream(names.TelemetryStream, "States and health reports as the devices published them", telemetry) with
            {
                Subjects = [subjects.AllStates, subjects.AllEntityStates, subjects.AllHealth],
                MaxAge = Week,
            },
            Stream(names.StateStream, "The last state of every entity", Share(Small)) with
            {
                Sources = [new StreamSource { Name = names.TelemetryStream }],
                MaxMsgsPerSubject = 1,
            },
            Stream(names.ImagesStream, "The last picture of every camera", Share(Small)) with
            {
                Subjects = [subjects.AllImages],
                MaxMsgsPerSubject = 1,
            },
            Stream(names.EventsStream, "Moments, late values, and Home Assistant's own events", Share(Gibibyte)) with
            {
                Subjects = [subjects.Events.All, subjects.AllEvents, subjects.AllPast],
                MaxAge = Week,
                DuplicateWindow = Remembered,
            },
            Stream(names.AuditStream, "Who commanded what, and what came of it", Share(Small)) with
            {
                Subjects = [subjects.AllAudit],
                MaxAge = Month,
                DuplicateWindow = Remembered,
            },
            Stream(names.DlqStream, "What could not be processed, and why", Share(Small)) with
            {
                Subjects = [subjects.AllDlq, subjects.Rejected],
                MaxAge = Month,
            },
        ];
    }

    public IReadOnlyList<StreamConfig> Streams { get; }

    private static StreamConfig Stream(string name, string description, long maxBytes) => new()
    {
        Name = name,
        Description = description,
        MaxBytes = maxBytes,
        MaxMsgs = -1,
        MaxConsumers = -1,
        MaxMsgsPerSubject = -1,
        Discard = StreamConfigDiscard.Old,
        Storage = StreamConfigStorage.File,
        NumReplicas = 1,
        AllowDirect = true,
    };
}
