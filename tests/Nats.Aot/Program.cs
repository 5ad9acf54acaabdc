using HaNatsBridge.Nats.Aot;
using NATS.Client.Core;
using NATS.Jwt;
using NATS.NKeys;

// Published ahead of time and run by a test: whatever the sidecar needs of the client works without a JIT and after trimming.
// The times are long because trimmed assemblies are compiled at each start.
await using var nats = new NatsConnection(new NatsOpts
{
    Url = args[0],
    SerializerRegistry = new NatsJsonContextSerializerRegistry(LampContext.Default),
    ConnectTimeout = TimeSpan.FromSeconds(30),
    RequestTimeout = TimeSpan.FromSeconds(30),
});
await using var sub = await nats.SubscribeCoreAsync<Lamp>("aot.lamp");
var responder = RespondAsync();
var reply = await nats.RequestAsync<Lamp, Lamp>("aot.lamp", new Lamp("hall", 10));
await responder;

using var account = KeyPair.CreatePair(PrefixByte.Account);
using var user = KeyPair.CreatePair(PrefixByte.User);
var claims = NatsJwt.DecodeUserClaims(NatsJwt.EncodeUserClaims(NatsJwt.NewUserClaims(user.GetPublicKey()), account));
Console.WriteLine(claims.Subject == user.GetPublicKey() ? $"{reply.Data!.Name} {reply.Data.Brightness}" : "the claims did not survive");
Console.WriteLine(await Stored.RunAsync(nats));

async Task RespondAsync()
{
    var msg = await sub.Msgs.ReadAsync();
    await msg.ReplyAsync(msg.Data! with { Brightness = msg.Data.Brightness * 2 }, new NatsHeaders { ["From"] = "aot" });
}
