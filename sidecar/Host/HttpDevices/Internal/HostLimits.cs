using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>
/// What holds for each host, whatever asks it: at most so many requests in a second, and none for a while after half of them
/// failed.
/// </summary>
internal sealed class HostLimits(TimeProvider time) : IDisposable
{
    private const int Burst = 20;
    private const int PerSecond = 10;
    private readonly ConcurrentDictionary<string, Lazy<(ResiliencePipeline<HttpResponseMessage> Pipeline, RateLimiter Limiter)>> _hosts =
        new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The pipeline of a host and port.</summary>
    public ResiliencePipeline<HttpResponseMessage> Of(Uri url) =>
        _hosts.GetOrAdd(url.Authority, _ => new(Make)).Value.Pipeline;

    public void Dispose()
    {
        foreach (var host in _hosts.Values)
        {
            host.Value.Limiter.Dispose();
        }
    }

    private (ResiliencePipeline<HttpResponseMessage> Pipeline, RateLimiter Limiter) Make()
    {
        var limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = Burst,
            TokensPerPeriod = PerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRateLimiter(limiter)
            .AddCircuitBreaker(new HttpCircuitBreakerStrategyOptions
            {
                FailureRatio = 0.5,
                MinimumThroughput = 5,
                SamplingDuration = TimeSpan.FromMinutes(1),
                BreakDuration = TimeSpan.FromSeconds(15),
            })
            .Build();
        return (pipeline, limiter);
    }
}
