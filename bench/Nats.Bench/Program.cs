using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Nats.Bench;
using HaNatsBridge.Nats.Bench.Soak;
using HaNatsBridge.Tests.Support;

// dotnet run -c Release --project bench/Nats.Bench [-- --only publish,request --sizes 16,128 --sets 6 --rounds 4 --turn-ms 60 --warm-ms 2000 --oldest --beside PROGRAM]
// --beside (any number of times): another client, which speaks what ForeignClient describes; its rows stand under ours.
// dotnet run -c Release --project bench/Nats.Bench -- soak [--minutes 10 --kill-every-seconds 60 --oldest]
var only = Option("--only", "publish,headers,pubsub,request,fanout,js,pipeline,kv,consume").Split(',');
var sizes = Option("--sizes", "16,128,1024,16384").Split(',').Select(int.Parse).ToArray();
var tournament = new Tournament(Number("--sets", "6"), Number("--rounds", "4"), Milliseconds("--turn-ms", "60"), Milliseconds("--warm-ms", "2000"));
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

// A turn of large messages to a hundred subscriptions is more than the 64 MB by which a server takes a reader for too slow and cuts it off.
await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true, Config = "max_pending: 1GB" });
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
    var cases = new CoreCases(server, size);
    await RunAsync("publish", "publish", size, cases.PublishAsync, cases.PublishRawAsync, "publish");
    await RunAsync("headers", "publish with headers", size, cases.PublishWithHeadersAsync, cases.PublishWithHeadersRawAsync);
    await RunAsync("pubsub", "publish → subscribe", size, cases.PublishSubscribeAsync, cases.PublishSubscribeRawAsync, "pubsub");
    await RunAsync("request", "request-reply", size, cases.RequestAsync, cases.RequestRawAsync, "request");
    await RunAsync("fanout", "fan-out to 100", size, cases.FanOutAsync, cases.FanOutRawAsync);
}

report.Begin($"JetStream and KV in memory, nats-server {version}, {Environment.ProcessorCount} processors");
foreach (var size in sizes)
{
    var cases = new JetStreamCases(server, size);
    await RunAsync("js", "JetStream publish, one by one", size, Each(cases.PublishAsync), Each(cases.PublishRawAsync), "js");
    await RunAsync("pipeline", "JetStream publish, 256 on their way", size, Each(cases.PublishPipelinedAsync));
    await RunAsync("kv", "KV put", size, Each(cases.PutAsync), foreignKey: "kvput");
    await RunAsync("kv", "KV get", size, Each(cases.GetAsync));
    await RunAsync("consume", "ordered consumer", size, Each(cases.ConsumeAsync), Each(cases.ConsumeRawAsync));
}

foreach (var other in others)
{
    await other.DisposeAsync();
}

return 0;

// foreignKey: what another client calls the case; null where it is ours alone.
async Task RunAsync(string key, string name, int size, Func<Task<Contender>> ours, Func<Task<Contender>>? floor = null, string? foreignKey = null)
{
    if (!only.Contains(key))
    {
        return;
    }

    var foreign = others.Where(other => foreignKey is not null && other.Knows(foreignKey)).ToArray();
    List<Func<Task<Contender>>> contenders = floor is null ? [ours] : [ours, floor];
    contenders.AddRange(foreign.Select(other => Each(messages => other.MeasureAsync(foreignKey!, size, messages))));
    var measured = await tournament.RunAsync(contenders);
    var raw = floor is null ? null : measured[1];
    report.Row(name, size, measured[0], raw);
    for (var i = 0; i < foreign.Length; i++)
    {
        report.Row($"{name}, {foreign[i].Name}", size, measured[^(foreign.Length - i)], raw);
    }
}

// A contender that opens what it needs in each turn.
static Func<Task<Contender>> Each(Func<int, Task<Measurement>> turn) => () => Task.FromResult(new Contender(turn));

int Number(string name, string fallback) => int.Parse(Option(name, fallback), CultureInfo.InvariantCulture);

TimeSpan Milliseconds(string name, string fallback) => TimeSpan.FromMilliseconds(double.Parse(Option(name, fallback), CultureInfo.InvariantCulture));

string Option(string name, string fallback)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
}
