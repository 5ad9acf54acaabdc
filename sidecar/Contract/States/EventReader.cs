using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Contract.States;

/// <summary>Reads moments: <c>{"event_type": "ring", …attributes}</c> or just <c>ring</c> (contract.md, "State", <c>.event.{key}</c>).</summary>
public static class EventReader
{
    /// <summary>Reads a moment; false with the reason when it is wrong: then nothing has happened. Never throws for what a device sent.</summary>
    public static bool TryRead(EntityDescription entity, ReadOnlySpan<byte> payload, out EventReading reading, out StateProblem problem) =>
        throw new NotImplementedException();
}
