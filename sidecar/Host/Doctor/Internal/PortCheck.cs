using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>Whether something could listen there.</summary>
internal static class PortCheck
{
    public static Finding Examine(HostPort at, string who, string flag) => ListenProbe.ProblemOf(at, flag) is { } problem
        ? Finding.Error($"{at} is not free for {who}", problem)
        : Finding.Ok($"{at} is free for {who}");
}
