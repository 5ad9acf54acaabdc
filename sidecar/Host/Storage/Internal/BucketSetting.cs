using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>
/// One setting of a bucket that the design fixes, because without it entries would go, come back wrong or be refused. Everything
/// else is the operator's.
/// </summary>
/// <param name="Name">For people.</param>
/// <param name="Read">What a bucket has, for people.</param>
/// <param name="Correct">The configuration with this setting as planned; null where no server changes it in a bucket that
/// exists.</param>
internal sealed record BucketSetting(string Name, Func<StreamConfig, string> Read, Func<StreamConfig, StreamConfig>? Correct)
{
    private const string Unlimited = "unlimited";

    /// <summary>The settings of a bucket.</summary>
    public static IReadOnlyList<BucketSetting> Of(NatsKVConfig plan)
    {
        var settings = new List<BucketSetting>
        {
            new("storage", config => config.Storage.ToString(), null),
            new("retention", config => config.Retention.ToString(), null),
            new("mirror", config => config.Mirror?.Name ?? "none", null),
            new("sources", config => Sources(config.Sources), config => config with { Sources = null }),
            new("sealed", config => Switch(config.Sealed), null),
            new(
                "revisions",
                config => Limit(config.MaxMsgsPerSubject),
                config => config with { MaxMsgsPerSubject = Math.Max(1, plan.History) }),
            new("age limit", config => Span(config.MaxAge), config => config with { MaxAge = TimeSpan.Zero }),
            new(
                "limit markers",
                config => Span(config.SubjectDeleteMarkerTTL),
                config => config with { SubjectDeleteMarkerTTL = TimeSpan.Zero }),
            new("entries", config => Limit(config.MaxMsgs), config => config with { MaxMsgs = -1 }),
            new("value size", config => Limit(config.MaxMsgSize), config => config with { MaxMsgSize = -1 }),
            new("when full", config => config.Discard.ToString(), config => config with { Discard = StreamConfigDiscard.New }),
            new("direct reads", config => Switch(config.AllowDirect), config => config with { AllowDirect = true }),
            new("rollup", config => Switch(config.AllowRollupHdrs), config => config with { AllowRollupHdrs = true }),
            new("acknowledgements", config => Switch(!config.NoAck), config => config with { NoAck = false }),
        };
        if (plan.Republish is { Src: { } source, Dest: { } destination } republish)
        {
            settings.Add(new(
                "republished",
                config => config.Republish is { } now ? $"{now.Src} to {now.Dest}" : "no",
                config => config with
                {
                    Republish = new Republish { Src = source, Dest = destination, HeadersOnly = republish.HeadersOnly },
                }));
        }

        return settings;
    }

    private static string Switch(bool on) => on ? "on" : "off";

    private static string Span(TimeSpan span) => span == TimeSpan.Zero ? "none" : $"{span}";

    private static string Sources(IEnumerable<StreamSource>? sources) =>
        sources?.Select(source => source.Name).ToArray() is { Length: > 0 } names ? string.Join(' ', names) : "none";

    private static string Limit(long value) => value <= 0 ? Unlimited : $"{value}";
}
