namespace HaNatsBridge.Contract.States;

/// <summary>Reads heartbeats: any JSON, even none, is a sign of life.</summary>
public static class HealthReader
{
    /// <summary>Reads a heartbeat. Never throws for what a device sent.</summary>
    public static HealthReport Read(ReadOnlySpan<byte> payload) => throw new NotImplementedException();
}
