using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What a message was about.</summary>
/// <param name="Device">The registered device that it came from; null when it is none's.</param>
/// <param name="Report">The health report in it; null when it is none.</param>
internal readonly record struct Applied(DeviceSlot? Device, HealthReport? Report);
