namespace HaNatsBridge.Devices.Tests.Support;

/// <summary>Whatever is left to chance takes the shortest time.</summary>
internal sealed class NoChance : Random
{
    public override double NextDouble() => 0;
}
