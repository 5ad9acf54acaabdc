using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>What an ordered consumer remembers from one consumer of the server to the next: where to go on.</summary>
internal sealed class OrderedSource(NatsJSContext context, string stream, NatsJSOrderedConsumerOpts opts, DateTimeOffset? streamCreated = null)
{
    private const int LastPerSubjectNeedsFilter = 10094;

    /// <summary>With the pauses between them about six seconds.</summary>
    private const int MaxDoubts = 7;

    private readonly string _prefix = Nuid.NewNuid();
    private int _serial;
    private int _doubts;

    /// <summary>Whether the server (2.9) ignores several filters, so that the client applies them.</summary>
    private bool _clientFilters;

    /// <summary>The stream's last sequence when it was last asked; nothing before that.</summary>
    private ulong? _end;

    /// <summary>All that there was when a consumer was made is known, although nothing of it was given out: the next one goes on from there.</summary>
    private bool _begun;

    /// <summary>When the stream was made: another time means another stream, whose sequences begin anew.</summary>
    private DateTimeOffset? _streamCreated = streamCreated;

    internal string Stream { get; } = stream;

    internal int MaxResetAttempts { get; } = opts.MaxResetAttempts;

    /// <summary>The last sequence that was given out; 0 before the first.</summary>
    internal ulong LastStreamSequence { get; set; }

    /// <summary>Filters that the server ignored and the client has to apply; nothing when it applies them.</summary>
    internal IReadOnlyList<string>? ClientFilters { get; private set; }

    internal ConsumerConfig NextConfig()
    {
        var config = new ConsumerConfig
        {
            Name = $"{_prefix}_{++_serial}",
            AckPolicy = ConsumerConfigAckPolicy.None,
            MaxDeliver = 1,
            MemStorage = true,
            NumReplicas = 1,
            InactiveThreshold = opts.InactiveThreshold,
            HeadersOnly = opts.HeadersOnly,
            ReplayPolicy = opts.ReplayPolicy,
        };
        config = opts.FilterSubjects switch
        {
            [] => config,
            [var single] => config with { FilterSubject = single },
            var several when _clientFilters => config with { FilterSubject = SubjectFilter.Cover(several) },
            var several => config with { FilterSubjects = several },
        };
        return LastStreamSequence > 0 || _begun
            ? config with { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = LastStreamSequence + 1 }
            : config with { DeliverPolicy = opts.DeliverPolicy, OptStartSeq = opts.OptStartSeq, OptStartTime = opts.OptStartTime };
    }

    /// <summary>Makes the server's next consumer.</summary>
    internal async ValueTask<ConsumerInfo> CreateAsync(CancellationToken cancellationToken)
    {
        if (LastStreamSequence > 0 || _streamCreated is null)
        {
            await CheckStreamAsync(cancellationToken);
        }

        var info = await CreateWithFiltersAsync(cancellationToken);
        ClientFilters = _clientFilters ? opts.FilterSubjects : null;
        RememberBeginning(info);
        return info;
    }

    /// <summary>
    /// A consumer that begins with what is new, or with what there is and there is none, begins where the stream ended. Made again with the same policy after a loss, it would skip
    /// what was stored in between.
    /// </summary>
    private void RememberBeginning(ConsumerInfo info)
    {
        var isAtEnd = opts.DeliverPolicy is ConsumerConfigDeliverPolicy.New or ConsumerConfigDeliverPolicy.LastPerSubject or ConsumerConfigDeliverPolicy.All && info.NumPending == 0;
        if (LastStreamSequence == 0 && !_begun && isAtEnd && _end is { } end)
        {
            _begun = true;
            LastStreamSequence = end;
        }
    }

    private async ValueTask<ConsumerInfo> CreateWithFiltersAsync(CancellationToken cancellationToken)
    {
        var config = NextConfig();
        try
        {
            var info = await context.CreateConsumerInfoAsync(Stream, config, null, warn: false, cancellationToken);
            _clientFilters |= config.FilterSubjects is not null && info.Config.FilterSubjects is not { Count: > 0 };
            return info;
        }
        catch (NatsJSApiException e) when (config.FilterSubjects is not null && e.Error.ErrCode == LastPerSubjectNeedsFilter)
        {
            // A server that does not know several filters misses the one that this policy needs.
            _clientFilters = true;
            return await context.CreateConsumerInfoAsync(Stream, NextConfig(), null, warn: false, cancellationToken);
        }
    }

    /// <summary>
    /// A stream that was deleted and made anew, or that lost its end with its server's machine, has a last sequence before the one read. A consumer from there
    /// would wait, and silently skip what is stored until the sequence is reached again.
    /// </summary>
    private async ValueTask CheckStreamAsync(CancellationToken cancellationToken)
    {
        var info = await context.GetStreamInfoAsync(Stream, null, cancellationToken);
        var last = info.State.LastSeq;
        var isAnother = _streamCreated is { } created && created != info.Created;
        _streamCreated = info.Created;
        _end = last;
        if (!isAnother && last >= LastStreamSequence)
        {
            _doubts = 0;
            return;
        }

        var next = isAnother ? info.State.FirstSeq : last + 1;
        if (!isAnother && ++_doubts <= MaxDoubts)
        {
            // In a cluster a new leader may answer before it has caught up with its own log: to believe it would be to read messages twice.
            throw new NatsJSException($"The stream {Stream} ends with {last}, although {LastStreamSequence} was read");
        }

        _doubts = 0;
        JSLog.StreamRolledBack(context.Logger, Stream, last, LastStreamSequence, next);
        LastStreamSequence = next == 0 ? 0 : next - 1;
    }
}
