namespace HaNatsBridge.Contract.Announcements;

/// <summary>What a device's absence means for its entities (<c>when_offline</c>; contract.md, "Online or offline").</summary>
public enum OfflineMeaning
{
    /// <summary>Its entities are unavailable. The default.</summary>
    Unavailable,

    /// <summary>It sleeps: its entities stay available with the last state, and a command to them fails with DEVICE_OFFLINE.</summary>
    Assumed,
}
