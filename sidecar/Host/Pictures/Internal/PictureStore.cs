using System.Globalization;
using System.Threading.Channels;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>
/// What is known of the pictures in HOME_IMAGES, from their headers: which there are, and which of them are refused. A refused
/// one is deleted from the stream by <see cref="PictureSweeper"/>.
/// </summary>
internal sealed class PictureStore(HomeSubjects subjects) : IPictures, IDeviceRegistryListener
{
    private const string SizeHeader = "Nats-Msg-Size";
    private const string TypeHeader = "Content-Type";

    /// <summary>What a message takes in a stream besides its parts, about.</summary>
    private const int Overhead = 64;

    /// <summary>How many keys of a device are remembered with what was wrong.</summary>
    private const int MostProblems = 20;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<DeviceId, DevicePictures> _devices = [];
    private readonly DeviceBudget _budget = new("pictures");
    private readonly Channel<bool> _hasRefused =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Dictionary<string, ulong> _refused = new(StringComparer.Ordinal);
    private IPictureListener[] _listeners = [];
    private long _refusals;

    public Task Ready => _ready.Task;

    /// <summary>How many pictures are stored, and how many were refused since the start.</summary>
    public (int Stored, long Refused) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_devices.Values.Sum(device => device.Pictures.Count), _refusals);
            }
        }
    }

    public IDisposable Subscribe(IPictureListener listener)
    {
        lock (_gate)
        {
            _listeners = [.. _listeners, listener];
            foreach (var (id, device) in _devices)
            {
                foreach (var (key, picture) in device.Pictures.Where(one => device.MayHave(one.Key)))
                {
                    listener.PictureChanged(new EntityId(id, key), picture);
                }
            }
        }

        return new Subscription(this, listener);
    }

    public IReadOnlyDictionary<string, string> ProblemsOf(DeviceId id)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out var device)
                ? new Dictionary<string, string>(device.Problems, StringComparer.Ordinal)
                : new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }

    /// <summary>The picture of an entity that is announced and may have one; null: none.</summary>
    public Picture? Find(EntityId entity)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(entity.Device, out var device) && device.MayHave(entity.Key)
                ? device.Pictures.GetValueOrDefault(entity.Key)
                : null;
        }
    }

    /// <summary>The size of HOME_IMAGES and of its largest message, which the budgets follow from.</summary>
    public void SetSize(long maxBytes, long largest)
    {
        lock (_gate)
        {
            _budget.Limits = DeviceLimits.For(maxBytes, largest);
        }
    }

    public void SetReady() => _ready.TrySetResult();

    /// <summary>Notes a message of HOME_IMAGES, of which only the headers were read.</summary>
    /// <returns>Why it is refused, for people; null: it is not.</returns>
    public string? Apply(in StreamMessage message)
    {
        lock (_gate)
        {
            if (!subjects.TryParse(message.Subject, out var subject)
                || subject is not { Kind: DeviceSubjectKind.Image, Key: { } key })
            {
                Refuse(message);
                return "a picture whose key is no key";
            }

            var device = DeviceOf(subject.Device);
            var entity = new EntityId(subject.Device, key);
            if (Problem(device, subject.Device, key, message) is { } problem)
            {
                Refuse(message);
                _budget.Release(subject.Device, message.Subject);
                device.Note(key, problem);
                Remove(device, entity);
                ForgetUnknown(device, subject.Device);
                return problem;
            }

            device.Problems.Remove(key);
            if (IsRemoval(message))
            {
                Remove(device, entity);
                ForgetUnknown(device, subject.Device);
                return null;
            }

            var accepted = TypeOf(message) is { } type ? PictureTypes.Accepted(type) : null;
            var picture = new Picture(message.Sequence, message.StoredAt, accepted);
            device.Pictures[key] = picture;
            if (device.MayHave(key))
            {
                Tell(entity, picture);
            }

            return null;
        }
    }

    /// <summary>Waits for refused messages. They are to be deleted: the newest of each subject.</summary>
    public async Task<IReadOnlyCollection<ulong>> TakeRefusedAsync(CancellationToken cancellationToken)
    {
        await _hasRefused.Reader.ReadAsync(cancellationToken);
        lock (_gate)
        {
            var taken = _refused.Values;
            _refused = new Dictionary<string, ulong>(StringComparer.Ordinal);
            return taken;
        }
    }

    public void DeviceChanged(RegisteredDevice changed)
    {
        lock (_gate)
        {
            var id = changed.Description.Id;
            var device = DeviceOf(id);
            var before = device.Description;
            device.Description = changed.Description;
            _budget.Redeclared(id, subject => subjects.TryParse(subject, out var parsed) && device.MayHave(parsed.Key!));
            foreach (var (key, picture) in device.Pictures)
            {
                if (device.MayHave(key) && !DevicePictures.MayHave(before, key))
                {
                    Tell(new EntityId(id, key), picture);
                }
            }
        }
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (_gate)
        {
            // Their markers follow in the stream, behind which a new announcement may come first.
            if (_devices.TryGetValue(id, out var device))
            {
                device.Description = null;
                device.Pictures.Clear();
                device.Problems.Clear();
                ForgetUnknown(device, id);
            }
        }
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        // An offline device's last picture is shown.
    }

    private string? Problem(DevicePictures device, DeviceId id, string key, in StreamMessage message)
    {
        var isRemoval = IsRemoval(message);
        var size = SizeOf(message);
        if (!isRemoval && size == 0)
        {
            return "an empty picture";
        }

        if (!isRemoval && TypeOf(message) is { } type && PictureTypes.Accepted(type) is null)
        {
            return PictureTypes.RefusalOf(type);
        }

        var bytes = Overhead + message.Subject.Length + HeaderBytes(message) + size;
        var kind = isRemoval ? StoredKind.Marker : device.MayHave(key) ? StoredKind.Declared : StoredKind.Undeclared;
        return _budget.Judge(id, message.Subject, (int)Math.Min(bytes, int.MaxValue), kind);
    }

    private void Refuse(in StreamMessage message)
    {
        _refusals++;
        _refused[message.Subject] = message.Sequence;
        _hasRefused.Writer.TryWrite(true);
    }

    private void Remove(DevicePictures device, EntityId entity)
    {
        if (!device.Pictures.Remove(entity.Key) || !device.MayHave(entity.Key))
        {
            return;
        }

        foreach (var listener in _listeners)
        {
            listener.PictureRemoved(entity);
        }
    }

    /// <summary>Anybody may publish for devices that do not exist: nothing is remembered of those without a picture.</summary>
    private void ForgetUnknown(DevicePictures device, DeviceId id)
    {
        if (device is { Description: null, Pictures.Count: 0 })
        {
            _devices.Remove(id);
        }
    }

    private void Tell(EntityId entity, Picture picture)
    {
        foreach (var listener in _listeners)
        {
            listener.PictureChanged(entity, picture);
        }
    }

    private DevicePictures DeviceOf(DeviceId id)
    {
        if (!_devices.TryGetValue(id, out var device))
        {
            _devices[id] = device = new DevicePictures();
        }

        return device;
    }

    private static bool IsRemoval(in StreamMessage message) => message.Headers?.ContainsKey(HomeHeaders.Removed) == true;

    private static string? TypeOf(in StreamMessage message)
    {
        foreach (var (name, values) in message.Headers ?? [])
        {
            if (name.Equals(TypeHeader, StringComparison.OrdinalIgnoreCase))
            {
                return values.ToString();
            }
        }

        return null;
    }

    private static long SizeOf(in StreamMessage message) =>
        message.Headers is { } headers && headers.TryGetValue(SizeHeader, out var size)
        && long.TryParse(size.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : 0;

    private static long HeaderBytes(in StreamMessage message) =>
        message.Headers?.Sum(header => (long)header.Key.Length + header.Value.ToString().Length) ?? 0;

    /// <summary>What is known of one device.</summary>
    private sealed class DevicePictures
    {
        /// <summary>Null: nobody announced it.</summary>
        public DeviceDescription? Description { get; set; }

        /// <summary>By entity key, declared or not.</summary>
        public Dictionary<string, Picture> Pictures { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, string> Problems { get; } = new(StringComparer.Ordinal);

        public static bool MayHave(DeviceDescription? description, string key) =>
            description?.TryGetEntity(key, out var entity) == true && entity.MayHavePicture;

        public bool MayHave(string key) => MayHave(Description, key);

        public void Note(string key, string problem)
        {
            if (Problems.Count < MostProblems || Problems.ContainsKey(key))
            {
                Problems[key] = problem;
            }
        }
    }

    private sealed class Subscription(PictureStore store, IPictureListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (store._gate)
            {
                store._listeners = [.. store._listeners.Where(one => !ReferenceEquals(one, listener))];
            }
        }
    }
}
