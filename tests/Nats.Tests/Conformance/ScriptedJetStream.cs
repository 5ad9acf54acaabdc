using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using HaNatsBridge.Nats.Tests.Core;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// A server behind whose JetStream stands a test: it says what a real one would say in moments that cannot be brought about at will. (On a real server nobody could: it takes no message from a
/// client whose reply subject is that of an acknowledgement.) Every message of the client is a request that the test reads and answers, or does not.
/// </summary>
internal sealed class ScriptedJetStream : IAsyncDisposable
{
    private readonly Channel<ApiRequest> _requests = Channel.CreateUnbounded<ApiRequest>();
    private readonly Dictionary<string, string> _subscriptions = [];
    private readonly ScriptedServer _server;
    private NetworkStream? _stream;

    public ScriptedJetStream(Func<NatsOpts, NatsOpts>? configure = null)
    {
        _server = new ScriptedServer(ServeAsync);
        var opts = new NatsOpts
        {
            Url = _server.Url,
            ConnectTimeout = CoreTest.Patience,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(20),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(50),
            ReconnectJitter = TimeSpan.Zero,
        };
        Connection = new NatsConnection(configure is null ? opts : configure(opts));
        Context = new NatsJSContext(Connection);
    }

    public NatsConnection Connection { get; }

    public NatsJSContext Context { get; }

    /// <summary>The consumers that the client deleted while <see cref="AcceptOrderedAsync"/> waited for its pull.</summary>
    public List<string> Deleted { get; } = [];

    /// <summary>How many connections there have been.</summary>
    public int Connections => _server.Connections;

    /// <summary>The subjects that the client is subscribed to.</summary>
    public IReadOnlyCollection<string> Subscriptions
    {
        get
        {
            lock (_subscriptions)
            {
                return [.. _subscriptions.Values];
            }
        }
    }

    /// <summary>The consumer "c" of the stream "S".</summary>
    public NatsJSConsumer Consumer(Func<ConsumerConfig, ConsumerConfig>? configure = null)
    {
        var config = new ConsumerConfig("c");
        return new NatsJSConsumer(Context, new ConsumerInfo { StreamName = "S", Name = "c", Config = configure is null ? config : configure(config) });
    }

    /// <summary>The next message that the client sent; where <paramref name="api"/> is given, the next one whose subject begins so behind <c>$JS.API.</c>.</summary>
    public async Task<ApiRequest> NextAsync(CancellationToken token, string api = "")
    {
        while (true)
        {
            var request = await _requests.Reader.ReadAsync(token);
            if (request.Api.StartsWith(api, StringComparison.Ordinal))
            {
                return request;
            }
        }
    }

    /// <summary>Whether the client sent something that <see cref="NextAsync"/> has not returned. Everything before this call has arrived.</summary>
    public async Task<bool> AnyAsync(CancellationToken token)
    {
        await Connection.PingAsync(token);
        return _requests.Reader.TryPeek(out _);
    }

    public Task AnswerAsync(ApiRequest request, string answer) => SendAsync(request.ReplyTo, request.ReplyTo, null, answer);

    /// <summary>A status message, for example <c>409 Consumer Deleted</c>.</summary>
    public Task StatusAsync(ApiRequest pull, string status, params string[] headers)
    {
        var block = $"NATS/1.0 {status}\r\n{string.Concat(headers.Select(static x => $"{x}\r\n"))}\r\n";
        return WriteAsync(string.Create(CultureInfo.InvariantCulture, $"HMSG {pull.ReplyTo} {SidOf(pull.ReplyTo)} {block.Length} {block.Length}\r\n{block}\r\n"));
    }

    /// <summary>The message number <paramref name="sequence"/> of the stream, whose payload is that number.</summary>
    public Task DeliverAsync(ApiRequest pull, int sequence, int? consumerSequence = null, string subject = "s.0", int pending = 0) => SendAsync(
        pull.ReplyTo,
        subject,
        string.Create(CultureInfo.InvariantCulture, $"$JS.ACK.S.c.1.{sequence}.{consumerSequence ?? sequence}.1700000000000000000.{pending}"),
        sequence.ToString(CultureInfo.InvariantCulture));

    /// <summary>Answers what an ordered consumer asks before it pulls, and returns its configuration and the pull.</summary>
    public async Task<(ApiRequest Create, ApiRequest Pull)> AcceptOrderedAsync(CancellationToken token, ulong lastSequence = 100)
    {
        while (true)
        {
            var request = await NextAsync(token);
            if (request.Api.StartsWith("STREAM.INFO.", StringComparison.Ordinal))
            {
                await AnswerAsync(request, $$"""{"config": {"name": "S"}, "created": "2026-01-01T00:00:00Z", "state": {"first_seq": 1, "last_seq": {{lastSequence}} } }""");
            }
            else if (request.Api.StartsWith("CONSUMER.CREATE.", StringComparison.Ordinal))
            {
                await AnswerAsync(request, $$"""{"stream_name": "S", "name": "{{request.Json.GetProperty("config").GetProperty("name").GetString()}}", "config": {}, "num_pending": 50}""");
                return (request, await PullAsync(token));
            }
        }
    }

    /// <summary>Cuts the connection; the client comes again.</summary>
    public void Cut() => _stream!.Close();

    public async ValueTask DisposeAsync()
    {
        // The server first: nobody answers the client's farewell.
        await _server.DisposeAsync();
        await Connection.DisposeAsync();
    }

    private async Task<ApiRequest> PullAsync(CancellationToken token)
    {
        while (true)
        {
            var request = await NextAsync(token);
            if (request.Api.StartsWith("CONSUMER.MSG.NEXT.", StringComparison.Ordinal))
            {
                return request;
            }

            Deleted.Add(request.Api);
        }
    }

    private Task SendAsync(string inbox, string subject, string? reply, string payload) =>
        WriteAsync(string.Create(CultureInfo.InvariantCulture, $"MSG {subject} {SidOf(inbox)} {reply} {Encoding.UTF8.GetByteCount(payload)}\r\n{payload}\r\n"));

    private Task WriteAsync(string text) => _stream!.WriteAsync(Encoding.UTF8.GetBytes(text)).AsTask();

    private string SidOf(string inbox)
    {
        lock (_subscriptions)
        {
            return _subscriptions.First(x => SubjectFilter.Matches(x.Value, inbox)).Key;
        }
    }

    private async Task ServeAsync(int connection, NetworkStream stream, CancellationToken stop)
    {
        await ScriptedServer.SendAsync(stream, ScriptedServer.Info, stop);
        lock (_subscriptions)
        {
            _subscriptions.Clear();
        }

        _stream = stream;
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            var words = line.Split(' ');
            switch (words[0])
            {
                case "PING":
                    await ScriptedServer.SendAsync(stream, "PONG\r\n", stop);
                    break;
                case "SUB" or "UNSUB":
                    Keep(words);
                    break;
                case "PUB" or "HPUB":
                    await ReadAsync(reader, words, stop);
                    break;
            }
        }
    }

    private void Keep(string[] words)
    {
        lock (_subscriptions)
        {
            if (words[0] == "SUB")
            {
                _subscriptions[words[^1]] = words[1];
            }
            else if (words.Length == 2)
            {
                _subscriptions.Remove(words[1]);
            }
        }
    }

    private async Task ReadAsync(StreamReader reader, string[] words, CancellationToken stop)
    {
        var body = new char[int.Parse(words[^1], CultureInfo.InvariantCulture) + 2];
        await reader.ReadBlockAsync(body, stop);
        var hasReply = words.Length == (words[0] == "PUB" ? 4 : 5);
        var subject = words[1].StartsWith("$JS.API.", StringComparison.Ordinal) ? words[1]["$JS.API.".Length..] : words[1];
        _requests.Writer.TryWrite(new ApiRequest(subject, new string(body, 0, body.Length - 2), hasReply ? words[2] : string.Empty));
    }
}
