using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What a subject means, remembered so that a message costs one dictionary lookup. Looked up anew when the registry has changed.</summary>
internal sealed class SubjectTarget(DeviceSubject subject)
{
    public DeviceSubject Subject { get; } = subject;

    /// <summary>The registry's change at which <see cref="Device"/> and <see cref="Entity"/> were looked up.</summary>
    public long LookedUpAt { get; set; } = -1;

    public DeviceSlot? Device { get; set; }

    public EntitySlot? Entity { get; set; }
}
