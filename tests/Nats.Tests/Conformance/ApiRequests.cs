using NATS.Client.Core;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Sees every request to a JetStream API, as any subscriber of the account may.</summary>
internal sealed class ApiRequests : IAsyncDisposable
{
    private readonly INatsSub<string> _subscription;
    private readonly string _prefix;

    private ApiRequests(INatsSub<string> subscription, string prefix) => (_subscription, _prefix) = (subscription, prefix);

    public static async Task<ApiRequests> WatchAsync(NatsConnection connection, CancellationToken token, string prefix = "$JS.API")
    {
        var subscription = await connection.SubscribeCoreAsync<string>($"{prefix}.>", cancellationToken: token);
        await connection.PingAsync(token);
        return new ApiRequests(subscription, prefix);
    }

    /// <summary>The next request; where <paramref name="api"/> is given, the next one whose subject begins so.</summary>
    public async Task<ApiRequest> NextAsync(CancellationToken token, string api = "")
    {
        while (true)
        {
            var msg = await _subscription.Msgs.ReadAsync(token);
            var subject = msg.Subject[(_prefix.Length + 1)..];
            if (subject.StartsWith(api, StringComparison.Ordinal))
            {
                return new ApiRequest(subject, msg.Data ?? string.Empty, msg.ReplyTo ?? string.Empty);
            }
        }
    }

    /// <summary>Whether one has come that <see cref="NextAsync"/> has not returned.</summary>
    public bool Any() => _subscription.Msgs.TryPeek(out _);

    public ValueTask DisposeAsync() => _subscription.DisposeAsync();
}
