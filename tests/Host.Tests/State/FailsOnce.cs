using System.Reflection;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>A real connection of which one attempt to subscribe fails before it reaches the server.</summary>
public class FailsOnce : DispatchProxy
{
    private INatsConnection _connection = null!;
    private int _left;

    /// <summary>The connection, with the trouble in front of it.</summary>
    /// <param name="connection">The real one.</param>
    /// <param name="failing">Which subscription fails, counted from 1.</param>
    public static INatsConnection Behind(INatsConnection connection, int failing)
    {
        var proxy = Create<INatsConnection, FailsOnce>();
        ((FailsOnce)(object)proxy)._connection = connection;
        ((FailsOnce)(object)proxy)._left = failing;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        targetMethod!.Name == nameof(INatsConnection.AddSubAsync) && --_left == 0
            ? throw new NatsException("out of luck")
            : targetMethod.Invoke(_connection, args);
}
