using Microsoft.Extensions.Logging;
using NATS.Client.Core;

namespace NATS.Client.Services.Internal;

/// <summary>Answers discovery on one subject.</summary>
internal sealed class SvcListener : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly INatsSub<ReadOnlyMemory<byte>> _sub;
    private readonly Func<byte[]> _describe;
    private readonly Task _work;

    internal SvcListener(ILogger logger, INatsSub<ReadOnlyMemory<byte>> sub, Func<byte[]> describe)
    {
        _logger = logger;
        _sub = sub;
        _describe = describe;
        _work = WorkAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sub.DrainAsync();
        await _work;
        await _sub.DisposeAsync();
    }

    private async Task WorkAsync()
    {
        await Task.Yield();
        await foreach (var msg in _sub.Msgs.ReadAllAsync())
        {
            if (string.IsNullOrEmpty(msg.ReplyTo))
            {
                continue;
            }

            try
            {
                await msg.ReplyAsync<ReadOnlyMemory<byte>>(_describe(), serializer: JetStream.Internal.RawSerializer.Default);
            }
            catch (Exception e)
            {
                // The statistics handler is the service's own code; discovery goes on whatever it does.
                SvcLog.DiscoveryFailed(_logger, e, _sub.Subject);
            }
        }
    }
}
