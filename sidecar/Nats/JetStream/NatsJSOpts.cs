using NATS.Client.Core;

namespace NATS.Client.JetStream;

/// <summary>Options of a <see cref="NatsJSContext"/>.</summary>
public record NatsJSOpts
{
    /// <summary>With the options of the connection, from which the timeout is taken.</summary>
    public NatsJSOpts(NatsOpts opts, string? apiPrefix = default, string? domain = default, AckOpts? ackOpts = default, TimeSpan? requestTimeout = default)
    {
        ArgumentNullException.ThrowIfNull(opts);
        if (apiPrefix is not null && domain is not null)
        {
            throw new NatsJSException("Set either a prefix of the API or a domain, which is one, not both");
        }

        ApiPrefix = apiPrefix ?? "$JS.API";
        Domain = domain;
        AckOpts = ackOpts ?? new AckOpts();
        RequestTimeout = requestTimeout ?? opts.RequestTimeout;
    }

    /// <summary>What requests begin with: <see cref="ApiPrefix"/>, or <c>$JS.{domain}.API</c>.</summary>
    public string Prefix => string.IsNullOrEmpty(Domain) ? ApiPrefix : $"$JS.{Domain}.API";

    /// <summary>Prefix of the API, for streams that another account exports. Default <c>$JS.API</c>.</summary>
    public string ApiPrefix { get; init; }

    /// <summary>JetStream domain, for streams behind a leaf node. Default: the connected server's.</summary>
    public string? Domain { get; init; }

    /// <summary>How acknowledgements are sent when the call says nothing.</summary>
    public AckOpts AckOpts { get; init; }

    /// <summary>How long a request of the API, and an acknowledged publish, may take.</summary>
    public TimeSpan RequestTimeout { get; init; }

    /// <summary>Consume options when the call says nothing: 1,000 messages.</summary>
    public NatsJSConsumeOpts DefaultConsumeOpts { get; init; } = new() { MaxMsgs = 1_000 };

    /// <summary>Options of next when the call says nothing: 30 s.</summary>
    public NatsJSNextOpts DefaultNextOpts { get; init; } = new();
}
