using System.Buffers;
using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Contract.States;

/// <summary>Checks states and brings them into the normal form of the local protocol (contract.md, "State").</summary>
public static class StateReader
{
    /// <summary>
    /// Normalises one entity's payload. Writes exactly one JSON value in every case: <c>null</c> when the payload is wrong.
    /// Allocates nothing when the payload is valid. Never throws for what a device sent.
    /// </summary>
    /// <param name="entity">Whose state it is.</param>
    /// <param name="payload">JSON (a scalar or an object), or bare UTF-8 text.</param>
    /// <param name="output">Takes the normalised value.</param>
    /// <param name="problem">What is wrong, when false is returned.</param>
    public static bool TryNormalise(EntityDescription entity, ReadOnlySpan<byte> payload, IBufferWriter<byte> output, out StateProblem problem) =>
        throw new NotImplementedException();

    /// <summary>
    /// Reads a full snapshot: the sink hears of every declared entity that has a state, in the payload's order, then of those left out (<c>null</c>).
    /// A payload that is no object makes them all unknown.
    /// </summary>
    public static void ReadSnapshot(DeviceDescription device, ReadOnlySpan<byte> payload, ISnapshotSink sink) => throw new NotImplementedException();
}
