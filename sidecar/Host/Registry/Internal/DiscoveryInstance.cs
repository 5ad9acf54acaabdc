using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>This process among the home's sidecars, and the subjects on which they talk to each other; no device's credential reaches them.</summary>
internal sealed class DiscoveryInstance(IHomeStorage storage)
{
    /// <summary>Random per start.</summary>
    public string Id { get; } = Guid.NewGuid().ToString("N")[..16];

    /// <summary><c>home.discovery.announced</c>: tells the other sidecars of an announcement that this one accepted, so that whoever judges hears it.</summary>
    public string AnnouncedSubject => $"{storage.Subjects.Root}.discovery.announced";

    /// <summary><c>home.discovery.judge.{instance}</c>: whoever lives answers; nobody there means that the judge is dead.</summary>
    public string LivesSubject(string instance) => $"{storage.Subjects.Root}.discovery.judge.{instance}";
}
