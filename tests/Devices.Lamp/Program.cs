using HaNatsBridge.Devices;

var lamp = new Device(new DeviceDescription("lamp", "desk", new { name = "Desk lamp", lease_seconds = 90 })
    .With("light", "light", new { name = (string?)null, supported_color_modes = new[] { "brightness" } }));
lamp.OnCommand("light", async (command, token) =>
{
    var state = command.Action == "turn_on" ? "on" : "off";
    var brightness = command.TryGet<int>("brightness", out var wanted) ? wanted : 255;
    await lamp.PublishStateAsync("light", new { state, brightness }, token);
});
await lamp.PublishStateAsync("light", "off");

var connection = new DeviceConnection(new DeviceConnectionOptions { Url = args.FirstOrDefault("nats://127.0.0.1:4222") });
connection.Add(lamp);
await connection.RunAsync();
