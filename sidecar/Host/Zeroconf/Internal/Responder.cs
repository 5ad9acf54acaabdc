using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading.Channels;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Zeroconf.Internal;

/// <summary>
/// Announces a service and answers questions for it, in every network that reaches the hub. An answer is always a message to all
/// of that network, and at most one a second: no number of questions makes more.
/// </summary>
internal sealed class Responder(Service service, IPAddress listen, TimeProvider time) : IDisposable
{
    private const int Port = 5353;
    private const int LargestMessage = 9000;
    private static readonly IPAddress Group = IPAddress.Parse("224.0.0.251");
    private static readonly TimeSpan BetweenAnswers = TimeSpan.FromSeconds(1);

    /// <summary>How often networks that are new are looked for.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = Open();
    private readonly Channel<bool> _asked =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly HashSet<IPAddress> _joined = [];

    /// <summary>Runs until it is cancelled; then says goodbye.</summary>
    /// <exception cref="SocketException">The network cannot be used.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var receiving = ReceiveAsync(ending.Token);
        try
        {
            var looked = Look();
            var again = true;
            while (true)
            {
                // What is new is announced twice, because a message may be lost.
                Send(isGoodbye: false);
                await Task.Delay(BetweenAnswers, time, cancellationToken);
                if (again)
                {
                    again = false;
                    continue;
                }

                while (!await IsAskedAsync(BetweenLooks - time.GetElapsedTime(looked), cancellationToken))
                {
                    var known = _joined.Count;
                    looked = Look();
                    if (again = _joined.Count > known)
                    {
                        break;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Send(isGoodbye: true);
        }
        finally
        {
            await ending.CancelAsync();
            await receiving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _socket.Dispose();

    private static Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // Other programs of this machine listen on the port too.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 255);
            socket.Bind(new IPEndPoint(IPAddress.Any, Port));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Joins the networks that are new, forgets those that are gone; returns when.</summary>
    private long Look()
    {
        var there = Addresses().ToHashSet();
        _joined.IntersectWith(there);
        foreach (var address in there.Where(address => !_joined.Contains(address)))
        {
            try
            {
                _socket.SetSocketOption(
                    SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(Group, address));
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another address of a network that was joined already.
            }

            _joined.Add(address);
        }

        return time.GetTimestamp();
    }

    /// <summary>The IPv4 addresses at which the hub is reached from other machines.</summary>
    private IEnumerable<IPAddress> Addresses() =>
        from network in NetworkInterface.GetAllNetworkInterfaces()
        where network is { OperationalStatus: OperationalStatus.Up, SupportsMulticast: true }
        from one in network.GetIPProperties().UnicastAddresses
        where one.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(one.Address)
        where listen.Equals(IPAddress.Any) || listen.Equals(IPAddress.IPv6Any) || listen.Equals(one.Address)
        select one.Address;

    private void Send(bool isGoodbye)
    {
        foreach (var address in _joined)
        {
            try
            {
                _socket.SetSocketOption(
                    SocketOptionLevel.IP, SocketOptionName.MulticastInterface, BitConverter.ToInt32(address.GetAddressBytes()));
                _socket.SendTo(service.Records(address, isGoodbye), new IPEndPoint(Group, Port));
            }
            catch (SocketException)
            {
                // The network has just gone. Others are still there.
            }
        }
    }

    private async Task<bool> IsAskedAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _asked.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestMessage];
        var from = new IPEndPoint(IPAddress.Any, 0);
        while (true)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, from, cancellationToken);
                if (DnsQuestions.AskFor(buffer.AsSpan(0, received.ReceivedBytes), service.Names))
                {
                    _asked.Writer.TryWrite(true);
                }
            }
            catch (SocketException)
            {
                // One message that cannot be received; a socket that is gone ends the sending too.
                await Task.Delay(BetweenAnswers, time, cancellationToken);
            }
        }
    }
}
