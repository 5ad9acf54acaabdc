using System.Buffers.Text;
using System.Security.Cryptography;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;
using NATS.NKeys;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>Makes and revokes credentials.</summary>
internal sealed class FleetService(IEmbeddedServer server, FleetStore store, ServerReload reload, TimeProvider time) : IFleet
{
    private const int PasswordBytes = 24;

    /// <summary>
    /// The lowest that there is: 192 random bits cannot be guessed, and the server computes a hash at every connect.
    /// </summary>
    private const int BcryptCost = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public IReadOnlyList<Credential> List() => store.Read();

    public Credential? Of(DeviceId device) =>
        server.IsUsed ? store.Read().FirstOrDefault(credential => credential.Covers(device)) : null;

    public Task<NewCredential> AddDeviceAsync(
        DeviceId device, IReadOnlyList<DeviceId> subDevices, bool password, CancellationToken cancellationToken) =>
        AddAsync(
            device.ToString(),
            device.Type,
            [device, .. subDevices.Where(sub => sub != device).Distinct()],
            password,
            cancellationToken);

    public Task<NewCredential> AddMqttAsync(DeviceId device, IReadOnlyList<string> topics, CancellationToken cancellationToken)
    {
        RequireEmbedded();
        var prefix = server.Access.Prefix;
        return topics.Select(topic => (topic, Problem: MqttTopics.ProblemOf(topic, prefix))).FirstOrDefault(one => one.Problem is not null)
            is { Problem: { } problem } wrong
            ? throw new FleetException($"--topic {wrong.topic}: {problem}")
            : AddAsync(device.ToString(), device.Type, [], true, cancellationToken, mqtt: new MqttTopics([.. topics.Distinct()]));
    }

    public Task<NewCredential> AddGatewayAsync(string type, bool password, CancellationToken cancellationToken) =>
        AddAsync($"{type}.*", type, [], password, cancellationToken);

    public Task<NewCredential> AddClientAsync(
        string name, ClientRights rights, bool password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rights);
        return rights.Subjects?.FirstOrDefault(subject => ClientRights.IsOfHome(subject, server.Access.Prefix)) is { } wrong
            ? throw new FleetException($"{wrong} is the home's: what begins with {server.Access.Prefix} is for devices and Home Assistant.")
            : AddAsync(name, "", [], password, cancellationToken, rights);
    }

    public async Task<bool> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        RequireEmbedded();
        var removed = await store.ChangeAsync(
            now => now.Any(one => one.Name == name) ? now.Where(one => one.Name != name) : null, cancellationToken);
        await reload.ReloadAsync(cancellationToken);
        return removed;
    }

    private static void Refuse(IReadOnlyList<Credential> now, string name, IReadOnlyList<DeviceId> devices)
    {
        if (now.FirstOrDefault(one => one.Name == name) is not null)
        {
            throw new FleetException(
                $"{name} has a credential. Its secret is stored nowhere: remove it and add it again to get a new one.");
        }

        foreach (var device in devices)
        {
            if (now.FirstOrDefault(one => !one.IsGateway && one.Covers(device)) is { } other)
            {
                throw new FleetException(
                    $"The credential of {other.Name} already speaks for {device}. "
                    + "Remove that one first: two that can be one device cannot be distinguished.");
            }
        }
    }

    private static (string Login, string? Hash, string Secret) Mint(string name, bool password)
    {
        if (password)
        {
            var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordBytes));
            return (name, BCrypt.Net.BCrypt.HashPassword(secret, BcryptCost), secret);
        }

        using var pair = KeyPair.CreatePair(PrefixByte.User);
        return (pair.GetPublicKey(), null, pair.GetSeed());
    }

    private async Task<NewCredential> AddAsync(
        string name, string type, DeviceId[] devices, bool password, CancellationToken cancellationToken,
        ClientRights? client = null, MqttTopics? mqtt = null)
    {
        RequireEmbedded();

        // Checked before anything is stored: where the server cannot be seen or reached, no credential is made.
        var access = server.Access;
        _ = server.IsRunning;
        var (login, hash, secret) = Mint(client is null ? name : $"~client.{name}", password);
        var credential = new Credential(name, login, hash, type, devices, time.GetUtcNow()) { Client = client, Mqtt = mqtt };
        await store.ChangeAsync(
            now =>
            {
                Refuse(now, name, devices);
                return [.. now, credential];
            },
            cancellationToken);
        var made = new NewCredential(credential, secret, access, IsLive: false);
        try
        {
            if (!await server.ReloadUsersAsync(cancellationToken))
            {
                return made;
            }

            if (mqtt is not null)
            {
                await reload.ReloadAsync(cancellationToken);
                return made with { IsLive = true };
            }

            await AcceptedAsync(login, hash is not null, secret, cancellationToken);
            return made with { IsLive = true };
        }
        catch (Exception exception)
        {
            // It is stored, and its secret is nowhere else: the caller gets it in any case.
            return made with { Trouble = exception.Message };
        }
    }

    /// <summary>A signal has no answer: only a connection shows that the server has taken it.</summary>
    private async Task AcceptedAsync(string login, bool isPassword, string secret, CancellationToken cancellationToken)
    {
        var auth = isPassword
            ? new NatsAuthOpts { Username = login, Password = secret }
            : new NatsAuthOpts { NKey = login, Seed = secret };
        var options = NatsClientOptions.ShortLived(
            server.Access.Url, auth, NatsClientOptions.TlsOf(server.Access), "hanatsbridge credential check");
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NatsConnection(options);
                await connection.ConnectAsync();
                return;
            }
            catch (NatsException exception)
            {
                if (time.GetElapsedTime(began) > Patience)
                {
                    throw new FleetException($"{NatsFailure.ReasonOf(exception)} See the server's log in the data folder.");
                }
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private void RequireEmbedded()
    {
        if (!server.IsUsed)
        {
            throw new FleetException(
                "Credentials are made for the embedded server only; with --nats the server's own operator makes them "
                + "(docs/operations.md lists the rights).");
        }
    }
}
