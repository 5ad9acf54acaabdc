using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Nats.Bench;
using HaNatsBridge.Nats.Bench.Soak;
using HaNatsBridge.Tests.Support;

// dotnet run -c Release --project bench/Nats.Bench [-- --only publish,requests --sizes 16,128 --rounds 5 --scale 0.1 --oldest --beside PROGRAM]
// --beside (any number of times): another client, which speaks what ForeignClient describes; its rows stand under ours.
// dotnet run -c Release --project bench/Nats.Bench -- soak [--minutes 10 --kill-every-seconds 60 --oldest]
var only = Option("--only", "publish,headers,pubsub,request,fanout,js,pipeline,kv,consume").Split(',');
var sizes = Option("--sizes", "16,128,1024,16384").Split(',').Select(int.Parse).ToArray();
var rounds = int.Parse(Option("--rounds", "5"), CultureInfo.InvariantCulture);
var scale = double.Parse(Option("--scale", "1"), CultureInfo.InvariantCulture);
var version = args.Contains("--oldest") ? NatsServerVersion.Oldest : NatsServerVersion.Newest;

if (args is ["soak", ..])
{
    var soak = new SoakOptions
    {
        Length = TimeSpan.FromMinutes(double.Parse(Option("--minutes", "10"), CultureInfo.InvariantCulture)),
        KillEvery = TimeSpan.FromSeconds(double.Parse(Option("--kill-every-seconds", "60"), CultureInfo.InvariantCulture)),
        Version = version,
    };
    return await new SoakRun(soak, new SoakReport(Console.Out, Console.Error)).RunAsync() ? 0 : 1;
}

await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true });
List<ForeignClient> others = [];
foreach (var (_, at) in args.Select(static (argument, at) => (argument, at)).Where(static item => item.argument == "--beside"))
{
    try
    {
        others.Add(await ForeignClient.StartAsync(args[at + 1], server.Url));
    }
    catch (Exception e) when (e is IOException or Win32Exception or JsonException)
    {
        Console.Error.WriteLine($"without the rows of {args[at + 1]}: {e.Message}");
    }
}

var report = new Report(Console.Out);
report.Begin($"Core, nats-server {version}, {Environment.ProcessorCount} processors");
foreach (var size in sizes)
{
    var messages = Math.Max(1_000, (int)(scale * (size >= 16_384 ? 30_000 : size >= 1024 ? 200_000 : 500_000)));
    var requests = Math.Max(500, (int)(scale * 10_000));
    var cases = new CoreCases(server, size, messages);
    await RunAsync("publish", "publish", size, cases.PublishAsync, cases.PublishRawAsync, messages);
    await RunAsync("headers", "publish with headers", size, cases.PublishWithHeadersAsync, cases.PublishWithHeadersRawAsync);
    await RunAsync("pubsub", "publish → subscribe", size, cases.PublishSubscribeAsync, cases.PublishSubscribeRawAsync, messages);
    await RunAsync("request", "request-reply", size, () => cases.RequestAsync(requests), () => cases.RequestRawAsync(requests), requests);
    await RunAsync("fanout", "fan-out to 100", size, cases.FanOutAsync, cases.FanOutRawAsync);
}

report.Begin($"JetStream and KV in memory, nats-server {version}, {Environment.ProcessorCount} processors");
foreach (var size in sizes)
{
    var operations = Math.Max(500, (int)(scale * 5_000));
    var single = new JetStreamCases(server, size, operations);
    var many = new JetStreamCases(server, size, Math.Max(1_000, (int)(scale * (size >= 16_384 ? 5_000 : 50_000))));
    await RunAsync("js", "JetStream publish, one by one", size, single.PublishAsync, single.PublishRawAsync, operations);
    await RunAsync("pipeline", "JetStream publish, 256 on their way", size, many.PublishPipelinedAsync);
    await RunAsync("kv", "KV put", size, single.PutAsync, beside: operations, foreignKey: "kvput");
    await RunAsync("kv", "KV get", size, single.GetAsync);
    await RunAsync("consume", "ordered consumer", size, many.ConsumeAsync, many.ConsumeRawAsync);
}

foreach (var other in others)
{
    await other.DisposeAsync();
}

return 0;

// beside: how many messages another client that knows the case gets; 0 where the case is ours alone.
async Task RunAsync(
    string key, string name, int size, Func<Task<Measurement>> ours, Func<Task<Measurement>>? floor = null, int beside = 0, string? foreignKey = null)
{
    if (!only.Contains(key))
    {
        return;
    }

    var foreign = others.Where(other => beside > 0 && other.Knows(foreignKey ?? key)).ToArray();
    var contenders = new List<Func<Task<Measurement>>> { ours };
    contenders.AddRange(foreign.Select(other => (Func<Task<Measurement>>)(() => other.MeasureAsync(foreignKey ?? key, size, beside))));
    if (floor is not null)
    {
        contenders.Add(floor);
    }

    // Each once for its compiler, then in turns: what else the machine does hits all.
    foreach (var contender in contenders)
    {
        await contender();
    }

    var measured = contenders.ConvertAll(static _ => new List<Measurement>());
    for (var round = 0; round < rounds; round++)
    {
        for (var i = 0; i < contenders.Count; i++)
        {
            measured[i].Add(await contenders[i]());
        }
    }

    var raw = floor is null ? [] : measured[^1];
    report.Row(name, size, measured[0], raw);
    for (var i = 0; i < foreign.Length; i++)
    {
        report.Row($"{name}, {foreign[i].Name}", size, measured[i + 1], raw);
    }
}

string Option(string name, string fallback)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
}
