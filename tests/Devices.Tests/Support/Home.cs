using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Tests.Support;

/// <summary>The home's side of the contract on a real server: answers announcements, records messages, sends commands.</summary>
internal sealed class Home : IAsyncDisposable
{
    public const string Taken = """{"ok":true,"revision":7}""";
    private readonly ConcurrentQueue<Message> _messages = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly NatsConnection _nats;
    private readonly List<INatsSub<byte[]>> _subscriptions = [];
    private readonly List<Task> _tasks = [];
    private int _commands;

    private Home(NatsConnection nats) => _nats = nats;

    /// <summary>The reply to an announcement or a removal; null: none.</summary>
    public Func<Message, string?> Reply { get; set; } = _ => Taken;

    public IEnumerable<Message> Messages => _messages;

    public IEnumerable<string> Subjects => _messages.Select(message => message.Subject);

    public IEnumerable<Message> Announcements =>
        _messages.Where(message => message.Subject.StartsWith("home.discovery.announce", StringComparison.Ordinal));

    public static async Task<Home> StartAsync(string url, NatsOpts? options = null, bool answers = true)
    {
        var home = new Home(new NatsConnection((options ?? new NatsOpts()) with
        {
            Url = url,
            // The sidecar's own.
            InboxPrefix = "_INBOX.~bridge",
            ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(100),
        }));
        foreach (var aspect in (string[])["state", "state.*", "event.*", "past.*", "image.*", "health"])
        {
            await home.ListenAsync($"home.devices.*.*.{aspect}");
        }

        if (answers)
        {
            await home.AnswerAsync();
        }

        await home._nats.PingAsync();
        return home;
    }

    /// <summary>From now on announcements have a responder.</summary>
    public async Task AnswerAsync()
    {
        foreach (var subject in (string[])["announce", "announce.*.*", "remove", "remove.*.*"])
        {
            await ListenAsync($"home.discovery.{subject}");
        }

        await ReadyAsync();
    }

    /// <summary>Completes when its connection is open and its subscriptions are known to the server.</summary>
    public async Task ReadyAsync() => await _nats.PingAsync();

    public Task RequestAnnouncementsAsync() => _nats.PublishAsync("home.discovery.request").AsTask();

    public async Task<JsonElement> CommandAsync(string device, string entity, string action, object? parameters = null)
    {
        var answer = await SendAsync(device, entity, action, parameters);
        return JsonElement.Parse(answer.Data);
    }

    public Task<NatsMsg<byte[]>> SendAsync(
        string device, string entity, string action, object? parameters = null, string? id = null, long deadline = 5000) =>
        RequestAsync($"home.devices.{device}.set", new
        {
            schema = 1,
            id = id ?? $"command-{Interlocked.Increment(ref _commands)}",
            entity,
            action,
            @params = parameters ?? new { },
            deadline_ms = deadline,
            context = new { origin = "test" },
        });

    public async Task<NatsMsg<byte[]>> RequestAsync(string subject, object payload) =>
        await _nats.RequestAsync<byte[], byte[]>(subject, payload as byte[] ?? JsonSerializer.SerializeToUtf8Bytes(payload));

    public Task SeenAsync(string subject, string? payload = null, int times = 1) => Eventually.TrueAsync(
        () => _messages.Count(message => message.Subject == subject && (payload is null || message.Payload == payload)) >= times,
        $"{times} × {payload ?? "a message"} on {subject}");

    /// <summary>A subscription of the test's own. What it has when a reply has come was published before that reply.</summary>
    public async Task<INatsSub<string>> SubscribeAsync(string subject)
    {
        var subscription = await _nats.SubscribeCoreAsync<string>(subject);
        await _nats.PingAsync();
        return subscription;
    }

    public void Forget() => _messages.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _nats.DisposeAsync();
        _stop.Dispose();
    }

    private async Task ListenAsync(string subject)
    {
        var subscription = await _nats.SubscribeCoreAsync<byte[]>(subject);
        _subscriptions.Add(subscription);
        _tasks.Add(ReadAsync(subscription));
    }

    private async Task ReadAsync(INatsSub<byte[]> subscription)
    {
        await foreach (var message in subscription.Msgs.ReadAllAsync(_stop.Token))
        {
            var headers = message.Headers?.ToDictionary(header => header.Key, header => header.Value.ToString()) ?? [];
            var seen = new Message(message.Subject, Encoding.UTF8.GetString(message.Data ?? []), headers);
            _messages.Enqueue(seen);
            if (message.ReplyTo is not null && Reply(seen) is { } reply)
            {
                await message.ReplyAsync(Encoding.UTF8.GetBytes(reply));
            }
        }
    }

    internal sealed record Message(string Subject, string Payload, IReadOnlyDictionary<string, string> Headers)
    {
        public JsonElement Json => JsonElement.Parse(Payload);
    }
}
