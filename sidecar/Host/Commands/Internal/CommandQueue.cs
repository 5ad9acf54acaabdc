using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// The order of the commands to each device: only so many of them are unanswered, further ones wait, and they are published in
/// the order in which they came. A device has at most <see cref="MaxWaiting"/> waiting commands: an area or a group of a home
/// stays far below, a program that runs wild does not.
/// </summary>
/// <param name="inFlight">How many commands of a device that does not say it may be unanswered, as the settings say now.</param>
internal sealed class CommandQueue(Func<int> inFlight)
{
    /// <summary>The most commands that wait for one device.</summary>
    public const int MaxWaiting = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, Line> _lines = [];

    /// <summary>Joins the queue of a device; null when it is full. <see cref="Turn.Dispose"/> must follow.</summary>
    /// <param name="device">The device.</param>
    /// <param name="maxCommands">How many may be unanswered, from now on; null: it does not say.</param>
    public Turn? TryJoin(DeviceId device, int? maxCommands = null)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(device, out var line))
            {
                _lines[device] = line = new Line();
            }

            if (line.Waiting.Count >= MaxWaiting)
            {
                return null;
            }

            var turn = new Turn(this, device, line.LastPublished);
            line.LastPublished = turn.Published;
            line.Limit = maxCommands ?? inFlight();
            line.Waiting.AddLast(turn.Node);
            line.StartNext();
            return turn;
        }
    }

    private void Leave(Turn turn)
    {
        lock (_gate)
        {
            var line = _lines[turn.Device];
            if (turn.Node.List is not null)
            {
                // It gave up while it waited.
                line.Waiting.Remove(turn.Node);
                return;
            }

            line.InFlight--;
            line.StartNext();
            if (line.InFlight == 0)
            {
                _lines.Remove(turn.Device);
            }
        }
    }

    /// <summary>A command's place in the queue of its device.</summary>
    internal sealed class Turn : IDisposable
    {
        private readonly CommandQueue _queue;
        private readonly Task _previous;
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Turn(CommandQueue queue, DeviceId device, Task previous)
        {
            (_queue, Device, _previous) = (queue, device, previous);
            Node = new LinkedListNode<Turn>(this);
        }

        internal DeviceId Device { get; }

        internal LinkedListNode<Turn> Node { get; }

        internal Task Published => _published.Task;

        /// <summary>
        /// Waits until the command may be published: fewer than the limit are unanswered, and the one before it is published or
        /// has given up.
        /// </summary>
        /// <exception cref="OperationCanceledException">It gives up.</exception>
        public async ValueTask WaitAsync(CancellationToken cancellationToken)
        {
            if (!_started.Task.IsCompleted || !_previous.IsCompleted)
            {
                await _started.Task.WaitAsync(cancellationToken);
                await _previous.WaitAsync(cancellationToken);
            }
        }

        /// <summary>The command is published: the next one may be.</summary>
        public void SetPublished() => _published.TrySetResult();

        public void Dispose()
        {
            _published.TrySetResult();
            _queue.Leave(this);
        }

        internal void Start() => _started.TrySetResult();
    }

    private sealed class Line
    {
        public int Limit { get; set; }

        public int InFlight { get; set; }

        public LinkedList<Turn> Waiting { get; } = [];

        public Task LastPublished { get; set; } = Task.CompletedTask;

        public void StartNext()
        {
            while (InFlight < Limit && Waiting.First is { } next)
            {
                Waiting.RemoveFirst();
                InFlight++;
                next.Value.Start();
            }
        }
    }
}
