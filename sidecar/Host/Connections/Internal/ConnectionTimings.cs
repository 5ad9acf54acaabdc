namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>The contract's times. Only tests change them.</summary>
internal sealed record ConnectionTimings
{
    /// <summary>How exact the times below are.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a closed connection may take to be replaced.</summary>
    public TimeSpan DisconnectGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a device whose connection is gone after the sidecar (re)connected may take to be back.</summary>
    public TimeSpan ReturnGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long two connections must claim a device before a repair is raised: after a power cut the old one is only slow to die.
    /// </summary>
    public TimeSpan RivalPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After what time a device is looked up once more whose connection was not found when it announced itself: it may subscribe to
    /// its commands only then.
    /// </summary>
    public TimeSpan SecondLook { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often it is asked which servers there are, where there are several.</summary>
    public TimeSpan ServerCheck { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a server may take to answer.</summary>
    public TimeSpan ServerAnswer { get; init; } = TimeSpan.FromSeconds(2);
}
