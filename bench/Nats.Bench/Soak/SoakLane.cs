using System.Buffers.Binary;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>
/// One kind of traffic: numbers are sent, one after the other, and looked for on the other side. Each counter is written by one task and read by others; no list grows with time, so
/// that what grows is the client's.
/// </summary>
public abstract class SoakLane(string name)
{
    private const int PayloadSize = 128;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly byte[] _payload = new byte[PayloadSize];

    public string Name { get; } = name;

    /// <summary>Whether somebody confirms each message; without that, what an outage swallows is not a loss ("at most once").</summary>
    public abstract bool IsAcknowledged { get; }

    /// <summary>Numbers given to the client, a repeated one once.</summary>
    public long Sent { get; protected set; }

    /// <summary>Confirmed ones. Where <see cref="IsAcknowledged"/> a number follows only on the confirmed one before it, so this is the last such number too.</summary>
    public long Acknowledged { get; protected set; }

    public long Received { get; private set; }

    /// <summary>Attempts that ended with the client's typed error, as they may while the server is away.</summary>
    public long Failed { get; private set; }

    /// <summary>Numbers that were skipped on the receiving side.</summary>
    public long Missing { get; private set; }

    /// <summary>Numbers that came twice or after a later one.</summary>
    public long Doubled { get; protected set; }

    protected long Last { get; private set; }

    /// <summary>Acknowledged and never seen on the other side.</summary>
    public long Lost => IsAcknowledged ? Missing + Math.Max(0, Acknowledged - Last) : 0;

    /// <summary>What was acknowledged has arrived.</summary>
    public bool HasSettled => !IsAcknowledged || Last >= Acknowledged;

    /// <summary>Makes what the traffic needs, once.</summary>
    public virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Sends until cancelled, and goes on after each outage.</summary>
    public async Task SendAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await SendSomeAsync(cancellationToken);
                await Task.Delay(Pace, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
            {
                Failed++;
                await Task.Delay(PauseAfterFailure, CancellationToken.None);
            }
        }
    }

    /// <summary>Receives until cancelled. An outage must not end it: that is the client's promise.</summary>
    public async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReceiveAllAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }

        if (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{Name}: receiving ended by itself");
        }
    }

    /// <summary>One burst; throws what the client throws.</summary>
    protected abstract Task SendSomeAsync(CancellationToken cancellationToken);

    protected abstract Task ReceiveAllAsync(CancellationToken cancellationToken);

    /// <summary>The number as a payload; the buffer is the sender's alone and free again after the send.</summary>
    protected byte[] PayloadOf(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_payload, number);
        return _payload;
    }

    /// <summary>Takes down what arrived.</summary>
    /// <param name="payload">What <see cref="PayloadOf"/> made.</param>
    /// <param name="mayRepeat">The last number again is the sender's doing (it repeated what had an unknown outcome), not the client's.</param>
    protected void Arrived(byte[]? payload, bool mayRepeat = false)
    {
        var number = BinaryPrimitives.ReadInt64LittleEndian(payload);
        Received++;
        if (number > Last)
        {
            Missing += number - Last - 1;
            Last = number;
        }
        else if (!mayRepeat || number < Last)
        {
            Doubled++;
        }
    }
}
