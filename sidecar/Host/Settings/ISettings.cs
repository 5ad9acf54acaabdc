namespace HaNatsBridge.Host.Settings;

/// <summary>
/// The settings as they hold now. What does not change while the sidecar runs is injected as <see cref="BridgeOptions"/>.
/// </summary>
public interface ISettings
{
    /// <summary>
    /// The settings: those that can change while the sidecar runs are the newest, the others those of the start.
    /// </summary>
    BridgeOptions Current { get; }

    /// <summary>The settings file that holds, absolute; null: there is none.</summary>
    string? File => null;

    /// <summary>Called after a change. Handlers must not block or throw.</summary>
    event Action? Changed;
}
