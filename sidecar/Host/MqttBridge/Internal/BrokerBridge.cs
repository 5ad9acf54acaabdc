using System.Collections.Concurrent;
using System.Threading.Channels;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Mqtt;
using MQTTnet;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// One broker: its messages go to a <see cref="MqttHome"/>, what that makes of them to the home, commands the other way. One
/// task does everything in order and never waits for the broker (<see cref="Outbox"/> does). The queue before it is bounded:
/// while it is full, nothing is read from the broker.
/// </summary>
internal sealed partial class BrokerBridge
{
    private const int QueueLength = 4096;

    /// <summary>
    /// A device of many components is announced once, this long after the last message, or at the latest after <see
    /// cref="Latest"/>.
    /// </summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan Latest = TimeSpan.FromSeconds(1);

    /// <summary>How long a command waits for the state that shows that it was done.</summary>
    private static readonly TimeSpan Confirmation = TimeSpan.FromSeconds(2);

    /// <summary>What is left of a command's time for its answer.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(300);

    private readonly Channel<Func<CancellationToken, ValueTask>> _queue =
        Channel.CreateBounded<Func<CancellationToken, ValueTask>>(new BoundedChannelOptions(QueueLength) { SingleReader = true });

    private readonly ConcurrentDictionary<PendingCommand, byte> _pending = new();
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DeviceConnection _home;
    private readonly BrokerConnection _broker;
    private readonly Outbox _outbox;
    private readonly Forwarder _forwarder;
    private readonly BridgeListener _listener;
    private readonly MqttHome _mqtt;
    private long _changedAt;
    private long _messages;
    private bool _isChanged;

    public BrokerBridge(
        BrokerAddress broker, string clientId, DeviceConnectionOptions login, string prefix,
        IReadOnlyList<ForwardRule> rules, IHomeLink link, TimeProvider time, ILoggerFactory loggers)
    {
        (Broker, _time, _log) = (broker, time, loggers.CreateLogger<BrokerBridge>());
        _home = new DeviceConnection(login with { Name = $"mqtt {broker.Name}", Prefix = prefix }, _log, time);
        _broker = new BrokerConnection(broker, clientId, time, _log)
        {
            Received = EnqueueAsync,
            Connected = () => EnqueueAsync(ConnectedAsync),
            Lost = () => EnqueueAsync(LostAsync),
        };
        _outbox = new Outbox(_broker);
        _forwarder = new Forwarder(broker, rules, _outbox, link, time, _log);
        _listener = new BridgeListener(broker, _home, _outbox, time, _log) { Command = ExecuteAsync, Later = Later, EntityCame = Check };
        _mqtt = new MqttHome(
            new MqttHomeOptions { DiscoveryPrefix = broker.Prefix, DeviceType = broker.Type }, _listener, time);
    }

    /// <summary>The broker.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>Whether it is connected now.</summary>
    public bool IsConnected => _broker.IsConnected;

    /// <summary>Why it is not.</summary>
    public string? Problem => _broker.Problem;

    /// <summary>How many devices it has.</summary>
    public int Devices => _listener.Count;

    /// <summary>How many messages have come.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>How many of them were not used.</summary>
    public long Ignored => _listener.Unused;

    /// <summary>What the rules pass on.</summary>
    public Forwarder Forwarded => _forwarder;

    /// <summary>How many discovery messages were not used, or not whole.</summary>
    public long Rejected => _listener.Refused;

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Health.Services.RunTogetherAsync(
                stoppingToken, _home.RunAsync(stoppingToken), _broker.RunAsync(stoppingToken), _outbox.RunAsync(stoppingToken), _forwarder.RunAsync(stoppingToken),
                WorkAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was stopped.
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            if (!_queue.Reader.TryRead(out var work))
            {
                await WaitAsync(stoppingToken);
                continue;
            }

            try
            {
                await work(stoppingToken);
                await _listener.SendAsync(stoppingToken);
                if (_isChanged && _time.GetElapsedTime(_changedAt) > Latest)
                {
                    await FlushAsync(stoppingToken);
                }
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(Broker, exception);
            }
        }
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        var more = _queue.Reader.WaitToReadAsync(stoppingToken).AsTask();
        if (_isChanged && await Task.WhenAny(more, Task.Delay(Quiet, _time, stoppingToken)) != more)
        {
            await FlushAsync(stoppingToken);
        }

        await more;
    }

    private async ValueTask FlushAsync(CancellationToken stoppingToken)
    {
        _isChanged = false;
        _mqtt.Flush();
        await _listener.SendAsync(stoppingToken);
    }

    private void Changed()
    {
        if (!_isChanged)
        {
            _isChanged = true;
            _changedAt = _time.GetTimestamp();
        }
    }

    private Task EnqueueAsync(MqttApplicationMessage message, Action handled)
    {
        Interlocked.Increment(ref _messages);
        // The client uses its buffer again.
        var payload = System.Buffers.BuffersExtensions.ToArray(message.Payload);
        return EnqueueAsync(stoppingToken =>
        {
            handled();
            _mqtt.Receive(message.Topic, payload, message.Retain);
            Changed();
            return _forwarder.TakeAsync(message.Topic, payload, message.Retain, stoppingToken);
        });
    }

    private Task EnqueueAsync(Func<CancellationToken, ValueTask> work) => _queue.Writer.WriteAsync(work).AsTask();

    private async ValueTask ConnectedAsync(CancellationToken stoppingToken)
    {
        _mqtt.Connected();
        _forwarder.Connected();
        await _listener.ConnectedAsync(stoppingToken);
        Changed();
    }

    private ValueTask LostAsync(CancellationToken stoppingToken) => _listener.LostAsync(stoppingToken);

    private IDisposable Later(TimeSpan delay, Action action)
    {
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ => _ = EnqueueAsync(_ =>
            {
                timer?.Dispose();
                action();
                Changed();
                return ValueTask.CompletedTask;
            }),
            null,
            delay,
            Timeout.InfiniteTimeSpan);
        return timer;
    }

    private void Check(EntityId entity)
    {
        foreach (var pending in _pending.Keys)
        {
            if (pending.Entity == entity && pending.IsConfirmed())
            {
                pending.Complete();
            }
        }
    }

    /// <summary>Publishes what a command comes to, and waits a moment for the state that shows that it was done.</summary>
    private async Task ExecuteAsync(DeviceCommand command, CancellationToken cancellationToken)
    {
        if (!_broker.IsConnected)
        {
            throw CommandException.Offline($"The MQTT broker {Broker.Name} cannot be reached.");
        }

        var parameters = command.Params.Clone();
        var planned = new TaskCompletionSource<(PendingCommand? Pending, IReadOnlyList<Task<bool>> Sent)>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(_ =>
        {
            try
            {
                planned.TrySetResult(Plan(command, parameters));
            }
            catch (CommandRefusedException refused)
            {
                planned.TrySetException(new CommandException(refused.Code, refused.Message));
            }
            catch (Exception exception)
            {
                planned.TrySetException(exception);
            }

            return ValueTask.CompletedTask;
        });
        var (pending, sent) = await planned.Task.WaitAsync(cancellationToken);
        command.Afterwards = token => FinishAsync(command, pending, sent, token);
    }

    /// <summary>The next command of the device need not wait for this.</summary>
    private async Task FinishAsync(
        DeviceCommand command, PendingCommand? pending, IReadOnlyList<Task<bool>> sent, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var one in sent)
            {
                if (!await one.WaitAsync(cancellationToken))
                {
                    throw CommandException.Offline($"The MQTT broker {Broker.Name} did not take the command.");
                }
            }

            if (pending is null)
            {
                return;
            }

            var time = command.Remaining - Margin < Confirmation ? command.Remaining - Margin : Confirmation;
            await Task.WhenAny(pending.Done, Task.Delay(time > TimeSpan.Zero ? time : TimeSpan.Zero, _time, cancellationToken));
            command.Confirmed = pending.Done.IsCompleted;
        }
        finally
        {
            if (pending is not null)
            {
                _pending.TryRemove(pending, out _);
            }
        }
    }

    private (PendingCommand? Pending, IReadOnlyList<Task<bool>> Sent) Plan(
        DeviceCommand command, System.Text.Json.JsonElement parameters)
    {
        var plan = _mqtt.Execute(command.Device, command.Entity, command.Action, parameters);
        PendingCommand? pending = null;
        if (plan.IsConfirmed is { } confirmed)
        {
            // Before it is sent: the state may come at once.
            pending = new PendingCommand(new EntityId(command.Device, command.Entity), confirmed);
            _pending.TryAdd(pending, 0);
        }

        return (pending, [.. plan.Messages.Select(_outbox.PublishAsync)]);
    }

    [LoggerMessage(6110, LogLevel.Error, "A message of the MQTT broker {Broker} could not be handled")]
    private partial void LogFailed(BrokerAddress broker, Exception exception);
}
