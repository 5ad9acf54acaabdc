namespace HaNatsBridge.Host.Link;

/// <summary>The home connection opened or was lost.</summary>
/// <param name="IsUp">Whether it is open now.</param>
/// <param name="Generation"><see cref="IHomeLink.Generation"/> after the change.</param>
public readonly record struct LinkChange(bool IsUp, long Generation);
