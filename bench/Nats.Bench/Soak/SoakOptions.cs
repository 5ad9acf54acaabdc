using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>How long and how rough.</summary>
public sealed record SoakOptions
{
    public TimeSpan Length { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The server is killed (SIGKILL) in the middle of each such span.</summary>
    public TimeSpan KillEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the server is away then.</summary>
    public TimeSpan Outage { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A kind of traffic of which nothing arrives for so long hangs.</summary>
    public TimeSpan HangAfter { get; init; } = TimeSpan.FromSeconds(30);

    public NatsServerVersion Version { get; init; } = NatsServerVersion.Newest;
}
