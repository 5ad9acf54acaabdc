using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream;

/// <summary>The JetStream of one connection.</summary>
public partial class NatsJSContext : INatsJSContext
{
    private readonly ILogger _logger;

    /// <summary>With the options of the connection.</summary>
    public NatsJSContext(INatsConnection connection)
        : this(connection, new NatsJSOpts((connection ?? throw new ArgumentNullException(nameof(connection))).Opts))
    {
    }

    /// <summary>With options of its own, for example a domain.</summary>
    public NatsJSContext(INatsConnection connection, NatsJSOpts opts)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(opts);
        Connection = connection;
        Opts = opts;
        _logger = connection.Opts.LoggerFactory.CreateLogger<NatsJSContext>();
        _prefix = opts.Prefix;
    }

    /// <inheritdoc/>
    public INatsConnection Connection { get; }

    /// <inheritdoc/>
    public NatsJSOpts Opts { get; }

    internal ILogger Logger => _logger;

    /// <inheritdoc/>
    public ValueTask<AccountInfoResponse> GetAccountInfoAsync(CancellationToken cancellationToken = default) =>
        RequestAsync("INFO", null, JSJsonContext.Default.EmptyRequest, JSJsonContext.Default.AccountInfoResponse, cancellationToken);

    /// <inheritdoc/>
    public string NewBaseInbox() => Connection.NewInbox();
}
