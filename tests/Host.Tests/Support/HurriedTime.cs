namespace HaNatsBridge.Host.Tests.Support;

/// <summary>A clock on which a second is a hundred: what gives up after ten seconds does so at once. Timers take as long as ever.</summary>
public sealed class HurriedTime : TimeProvider
{
    private const int Times = 100;
    private readonly long _began = TimeProvider.System.GetTimestamp();

    public override long GetTimestamp() => _began + ((TimeProvider.System.GetTimestamp() - _began) * Times);
}
