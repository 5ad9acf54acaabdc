namespace NATS.Client.Core.Internal;

/// <summary>Commands that are not publishes: they go at once, and never wait.</summary>
internal sealed partial class OutboundBuffer
{
    /// <summary>A command that is not a publish: goes at once, and is forgotten when there is no connection (what must survive is written again on the next one).</summary>
    public void WriteControl(ReadOnlySpan<byte> command)
    {
        Start start;
        lock (_gate)
        {
            if (_transport is null)
            {
                return;
            }

            command.CopyTo(Room(command.Length));
            _length += command.Length;
            start = NextStart(sendNow: true);
        }

        Run(start);
    }

    /// <summary>PONG. A server that asks without end and does not read the answers has to do without some.</summary>
    public void WritePong()
    {
        lock (_gate)
        {
            if (_pongs >= MostPongs)
            {
                return;
            }

            _pongs++;
        }

        WriteControl(CommandEncoder.Pong);
    }

    /// <summary>PING; the waiter hears of the PONG, which come in the order of the PINGs. False when there is no connection.</summary>
    public bool WritePing(PingWaiter waiter)
    {
        Start start;
        lock (_gate)
        {
            if (_transport is null)
            {
                return false;
            }

            var ping = CommandEncoder.Ping;
            ping.CopyTo(Room(ping.Length));
            _length += ping.Length;
            _pings.Enqueue(waiter);
            start = NextStart(sendNow: true);
        }

        Run(start);
        return true;
    }

    /// <summary>A PONG came; false when nobody asked for it.</summary>
    public bool OnPong()
    {
        PingWaiter? waiter;
        lock (_gate)
        {
            if (!_pings.TryDequeue(out waiter))
            {
                return false;
            }
        }

        waiter.Complete();
        return true;
    }

    /// <summary>The connection's own pings that wait for their PONG.</summary>
    public int KeepAlivesOut
    {
        get
        {
            lock (_gate)
            {
                return _pings.Count(static x => x.IsKeepAlive);
            }
        }
    }
}
