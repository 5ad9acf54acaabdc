using System.Globalization;
using HaNatsBridge.Nats.Bench;
using HaNatsBridge.Tests.Support;

// dotnet run -c Release --project bench/Nats.Bench [-- --only publish,requests --sizes 16,128 --rounds 5 --scale 0.1 --oldest]
var only = Option("--only", "publish,headers,pubsub,request,fanout,js,pipeline,kv,consume").Split(',');
var sizes = Option("--sizes", "16,128,1024,16384").Split(',').Select(int.Parse).ToArray();
var rounds = int.Parse(Option("--rounds", "5"), CultureInfo.InvariantCulture);
var scale = double.Parse(Option("--scale", "1"), CultureInfo.InvariantCulture);
var version = args.Contains("--oldest") ? NatsServerVersion.Oldest : NatsServerVersion.Newest;

await using var server = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true });
var report = new Report(Console.Out);
report.Begin($"Core, nats-server {version}, {Environment.ProcessorCount} processors");
foreach (var size in sizes)
{
    var messages = Math.Max(1_000, (int)(scale * (size >= 16_384 ? 30_000 : size >= 1024 ? 200_000 : 500_000)));
    var requests = Math.Max(500, (int)(scale * 10_000));
    var cases = new CoreCases(server, size, messages);
    await RunAsync("publish", "publish", size, cases.PublishAsync, cases.PublishRawAsync);
    await RunAsync("headers", "publish with headers", size, cases.PublishWithHeadersAsync, cases.PublishWithHeadersRawAsync);
    await RunAsync("pubsub", "publish → subscribe", size, cases.PublishSubscribeAsync, cases.PublishSubscribeRawAsync);
    await RunAsync("request", "request-reply", size, () => cases.RequestAsync(requests), () => cases.RequestRawAsync(requests));
    await RunAsync("fanout", "fan-out to 100", size, cases.FanOutAsync, cases.FanOutRawAsync);
}

report.Begin($"JetStream and KV in memory, nats-server {version}, {Environment.ProcessorCount} processors");
foreach (var size in sizes)
{
    var single = new JetStreamCases(server, size, Math.Max(500, (int)(scale * 5_000)));
    var many = new JetStreamCases(server, size, Math.Max(1_000, (int)(scale * (size >= 16_384 ? 5_000 : 50_000))));
    await RunAsync("js", "JetStream publish, one by one", size, single.PublishAsync, single.PublishRawAsync);
    await RunAsync("pipeline", "JetStream publish, 256 on their way", size, many.PublishPipelinedAsync);
    await RunAsync("kv", "KV put", size, single.PutAsync);
    await RunAsync("kv", "KV get", size, single.GetAsync);
    await RunAsync("consume", "ordered consumer", size, many.ConsumeAsync, many.ConsumeRawAsync);
}

async Task RunAsync(string key, string name, int size, Func<Task<Measurement>> ours, Func<Task<Measurement>>? floor = null)
{
    if (!only.Contains(key))
    {
        return;
    }

    // Both once for the JIT, then in turns: what else the machine does hits both.
    await ours();
    await (floor?.Invoke() ?? Task.CompletedTask);
    List<Measurement> mine = [];
    List<Measurement> raw = [];
    for (var round = 0; round < rounds; round++)
    {
        mine.Add(await ours());
        if (floor is not null)
        {
            raw.Add(await floor());
        }
    }

    report.Row(name, size, mine, raw);
}

string Option(string name, string fallback)
{
    var at = Array.IndexOf(args, name);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : fallback;
}
