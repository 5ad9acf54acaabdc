namespace HaNatsBridge.Host.Zeroconf.Internal;

/// <summary>Whether the hub is advertised.</summary>
internal sealed record ZeroconfOptions
{
    public bool IsOff { get; init; }
}
