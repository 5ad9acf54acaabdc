using HaNatsBridge.Tests.Support;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>One server for the tests of a fixture, and connections that are closed after each test.</summary>
public abstract class CoreTest
{
    /// <summary>A busy machine is no failure.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<NatsConnection> _connections = [];
    private readonly NatsServerVersion _version;
    private NatsServerProcess? _server;

    protected CoreTest(NatsServerVersion version) => _version = version;

    protected NatsServerProcess Server => _server!;

    protected virtual NatsServerOptions ServerOptions => new() { Version = _version };

    protected NatsServerVersion Version => _version;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await NatsServerProcess.StartAsync(ServerOptions);

    [OneTimeTearDown]
    public async Task StopServer()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>A test that ended while the server was down must not take its neighbours with it.</summary>
    [SetUp]
    public async Task StartServerAgain()
    {
        if (!Server.IsRunning)
        {
            await Server.StartAsync();
        }
    }

    [TearDown]
    public async Task CloseConnections()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        _connections.Clear();
    }

    /// <summary>A connection to the fixture's server that is closed after the test. Back-off is short, so that tests are.</summary>
    protected NatsConnection Connect(Func<NatsOpts, NatsOpts>? configure = null)
    {
        var opts = new NatsOpts
        {
            Url = Server.Url,
            ConnectTimeout = Patience,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(20),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(200),
            ReconnectJitter = TimeSpan.FromMilliseconds(10),
        };
        var connection = new NatsConnection(configure is null ? opts : configure(opts));
        _connections.Add(connection);
        return connection;
    }

    /// <summary>
    /// A ping after a loss of which the client may not know yet: one that is on its way when the connection ends fails, because nobody can say whether it arrived.
    /// </summary>
    internal static Task UntilItAnswersAsync(NatsConnection nats, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await nats.PingAsync(token);
                return true;
            }
            catch (NatsException)
            {
                return false;
            }
        },
        "the server answers a ping");
}
