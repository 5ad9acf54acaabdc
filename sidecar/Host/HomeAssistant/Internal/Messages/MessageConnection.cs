using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>
/// The connection for what clients of the hub subscribe to, opened when it is needed for the first time. It is one of its own: a
/// flood on a subject that somebody chose must not delay the home's states.
/// </summary>
internal sealed class MessageConnection(IHomeLink link) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private NatsConnection? _nats;

    /// <summary>The connection.</summary>
    public NatsConnection Nats
    {
        get
        {
            lock (_lock)
            {
                return _nats ??= new NatsConnection(
                    NatsClientOptions.Watching(link.Home.Opts, "messages", NatsDefaultSerializerRegistry.Default));
            }
        }
    }

    public ValueTask DisposeAsync() => _nats?.DisposeAsync() ?? ValueTask.CompletedTask;
}
