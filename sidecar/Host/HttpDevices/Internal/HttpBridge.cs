using System.Net;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.ConfiguredDevices;
using HaNatsBridge.Host.Health;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>All HTTP devices of the settings: makes them, polls them, and carries out their commands.</summary>
internal sealed class HttpBridge : IDisposable
{
    private const int LongestMessage = 300;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly DeviceConnection _home;
    private readonly HostLimits _limits;
    private readonly Dictionary<EntityId, (HttpEntity Entity, HttpCaller Caller, HttpPoller Poller)> _entities = [];
    private readonly List<HttpCaller> _callers = [];

    public HttpBridge(IReadOnlyList<HttpEntry> entries, DeviceConnectionOptions login, TimeProvider time, ILogger log)
    {
        _home = new DeviceConnection(login with { Name = "http devices" }, log, time);
        _limits = new HostLimits(time);
        var devices = new DeviceSet(_home, time, ExecuteAsync);
        var pollers = new List<HttpPoller>();
        foreach (var entry in entries)
        {
            var caller = new HttpCaller(entry.Target, _limits, time);
            _callers.Add(caller);
            var poller = new HttpPoller(entry, caller, devices, _gate, time, log);
            pollers.Add(poller);
            devices.Ensure(poller.Device, entry.Device.FieldsFor([]), entry.Entities.Select(entity => entity.Config.For([])));
            foreach (var entity in entry.Entities)
            {
                _entities[new EntityId(poller.Device, entity.Config.Key)] = (entity, caller, poller);
            }
        }

        Pollers = pollers;
    }

    /// <summary>One for each entry.</summary>
    public IReadOnlyList<HttpPoller> Pollers { get; }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Services.RunTogetherAsync(
                stoppingToken, [_home.RunAsync(stoppingToken), .. Pollers.Select(poller => poller.RunAsync(stoppingToken))]);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was stopped.
        }
    }

    public void Dispose()
    {
        _callers.ForEach(caller => caller.Dispose());
        _limits.Dispose();
        _gate.Dispose();
    }

    private async Task ExecuteAsync(DeviceCommand command, CancellationToken cancellationToken)
    {
        if (!_entities.TryGetValue(new EntityId(command.Device, command.Entity), out var found) || found.Entity.Command is not { } request)
        {
            throw new CommandException(
                CommandCodes.InvalidCommand, $"The settings name no command for {command.Entity} of {command.Device}.");
        }

        var text = request.Url.Render(command);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Authority != request.Root.Authority || url.Scheme != request.Root.Scheme)
        {
            throw new CommandException(CommandCodes.InternalError, $"The template of {command.Device} makes no address of its host.");
        }

        var body = request.Body?.Render(command);
        try
        {
            var answer = await found.Caller.SendAsync(
                request.Method, url, message => message.Content = body is null ? null : ContentOf(body), cancellationToken);
            Read(answer, command);
        }
        catch (HttpRequestException exception)
        {
            throw exception.StatusCode == HttpStatusCode.TooManyRequests
                ? CommandException.Busy($"{command.Device}: {HttpCaller.Describe(exception)}.")
                : CommandException.Offline($"{command.Device}: {HttpCaller.Describe(exception)}.");
        }

        found.Poller.Sooner();
    }

    private static StringContent ContentOf(string body) =>
        new(body, Encoding.UTF8, body.StartsWith('{') || body.StartsWith('[') ? "application/json" : "text/plain");

    /// <summary>The answer is the device's: its status, and its message for the person.</summary>
    private static void Read(HttpAnswer answer, DeviceCommand command)
    {
        var json = new ForeignMessage(answer.Body, new Dictionary<string, object?>()).Json;
        if (answer.IsSuccess)
        {
            command.Response = json is { ValueKind: JsonValueKind.Object } data ? data : null;
            return;
        }

        var code = (int)answer.Status switch
        {
            401 or 403 => CommandCodes.Unauthorized,
            400 or 404 or 405 or 422 => CommandCodes.InvalidParameter,
            408 or 504 => CommandCodes.Timeout,
            429 or 503 => CommandCodes.Busy,
            _ => CommandCodes.InternalError,
        };
        var said = json is { ValueKind: JsonValueKind.Object } error ? MessageOf(error)
            : answer.ContentType == "text/plain" ? Encoding.UTF8.GetString(answer.Body) : null;
        var message = string.IsNullOrWhiteSpace(said) ? "" : $": {(said.Length > LongestMessage ? said[..LongestMessage] + "…" : said.Trim())}";
        throw new CommandException(code, $"{command.Device} answers HTTP {(int)answer.Status}{message}");
    }

    private static string? MessageOf(JsonElement json)
    {
        foreach (var name in new[] { "error", "message", "detail", "title" })
        {
            if (json.TryGetProperty(name, out var found))
            {
                return found.ValueKind == JsonValueKind.Object ? MessageOf(found) : found.ToString();
            }
        }

        return null;
    }
}
