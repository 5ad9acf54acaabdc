using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded.Internal.Tls;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>Starts, adopts, reloads and stops the server; who watches over it is <see cref="ServerSupervisor"/>.</summary>
internal sealed partial class EmbeddedServer(
    BridgeOptions options,
    IDataFolder data,
    IEnumerable<IServerUserSource> sources,
    TimeProvider time,
    ILogger<EmbeddedServer> logger) : IEmbeddedServer
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Ordinarily it ends within some hundred milliseconds, and one that hangs loses nothing by force: what it has acknowledged
    /// is on its store.
    /// </summary>
    private static readonly TimeSpan PatienceToStop = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PatienceToStart = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PatienceToAnswer = TimeSpan.FromSeconds(10);
    private readonly ServerFolder _folder = new(data);
    private readonly HomeAuthority _authority = new(data, time);
    private readonly Lock _gate = new();
    private ServerPlan? _plan;

    public event Action? Started;

    public bool IsUsed => options.Nats.Url is null;

    public ServerAccess Access => Plan.Access;

    public long MaxFileStore => Running?.MaxFileStore ?? DiskBudget.Least;

    /// <summary>The server that was last started or adopted; null before.</summary>
    public ServerNote? Running { get; private set; }

    /// <summary>Whether <see cref="Running"/> was found alive instead of started.</summary>
    public bool IsAdopted { get; private set; }

    /// <summary>The certificate that clients are shown; null: plain text, or the file cannot be read.</summary>
    public ServerCertificate? Certificate => (Access.Tls ?? Access.Mqtt?.Tls) is { } tls ? ServerCertificate.TryReadFile(tls.CertFile) : null;

    public bool IsAlive => Running is { } note && Processes.StartOf(note.Pid) == note.Started;

    public bool IsRunning => _folder.FindAlive() is not null;

    private ServerPlan Plan
    {
        get
        {
            lock (_gate)
            {
                return _plan ??= new ServerPlanner(options, data, _folder, _authority).Make();
            }
        }
    }

    public async Task<(string Program, Version Version)> FindProgramAsync(CancellationToken cancellationToken)
    {
        var program = await ServerProgram.FindAsync(options.Nats.ServerProgram, cancellationToken);
        return (program.Path, program.Version);
    }

    /// <summary>
    /// Looks, before anything is started, whether the server could listen where the settings say. A server of this data folder
    /// that listens there is adopted or restarted, so it is no problem.
    /// </summary>
    /// <exception cref="EmbeddedServerException">It could not.</exception>
    public void RequireListen()
    {
        if (IsUsed && HostPort.TryParse(options.Nats.Listen, out var wanted) && wanted.Port > 0
            && (_folder.FindAlive() is not { } alive
                || (HostPort.TryParse(alive.Note?.Listen, out var noted) && noted.Port != wanted.Port)))
        {
            RequireFree(wanted, "--nats-listen");
        }

        if (IsUsed && HostPort.TryParse(options.Nats.MqttListen, out var mqtt) && mqtt.Port > 0
            && _folder.FindAlive()?.Note?.Mqtt?.ReadListen().Port != mqtt.Port)
        {
            RequireFree(mqtt, "--mqtt-listen");
        }
    }

    /// <summary>Whoever starts it says so here.</summary>
    public void TellStarted() => Started?.Invoke();

    /// <summary>Starts the server, or adopts the one that lives; returns when it answers.</summary>
    /// <exception cref="EmbeddedServerException">It cannot run.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var plan = Plan;
        foreach (var exposed in plan.Exposed)
        {
            LogExposed(exposed);
        }

        var program = await ServerProgram.FindAsync(options.Nats.ServerProgram, cancellationToken);
        if (_folder.FindAlive() is { } alive)
        {
            if (await TryAdoptAsync(alive.Pid, alive.Note, program, cancellationToken))
            {
                return;
            }

            await EndAsync(alive.Pid, cancellationToken);
        }

        using var storeLock = await TakeStoreAsync(cancellationToken);
        RequireFree(plan.Listen, "--nats-listen");
        if (plan.Access.Mqtt is { } mqtt)
        {
            RequireFree(mqtt.ReadListen(), "--mqtt-listen");
        }

        var maxFileStore = DiskBudget.For(_folder.StoreFolder);
        var config = ServerConfig.Main(plan, _folder.Path, maxFileStore, program.Version);
        _folder.WriteConfig(config);
        _folder.WriteUsers(ServerConfig.Users(plan, Users()));
        var pid = ChildProcess.Start(program.Path, ["-c", _folder.ConfigFile], _folder.ErrorFile, storeLock.Handle);
        Running = new ServerNote(
            pid, Processes.StartOf(pid) ?? 0, Processes.BootId, plan.Name, plan.Listen.ToString(), plan.Access.IsOpen,
            plan.Access.Prefix, program.Path, program.Version.ToString(), maxFileStore, Hash(config, program), plan.Access.Tls,
            plan.Access.Open, plan.Access.Mqtt);
        IsAdopted = false;
        _folder.WriteNote(Running);
        LogStarted(program.Version, pid, plan.Listen);
        await AnswersAsync(PatienceToStart, cancellationToken);
    }

    /// <summary>Stops the server and waits for its end, by force when it does not end by itself.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if ((IsAlive ? Running?.Pid : _folder.FindAlive()?.Pid) is { } pid)
        {
            await EndAsync(pid, cancellationToken);
            LogStopped(pid);
        }
    }

    public async Task<bool> ReloadUsersAsync(CancellationToken cancellationToken)
    {
        var plan = Plan;
        using var writing = await FileLock.TakeAsync(
            Path.Combine(_folder.Path, "users.lock"), PatienceToAnswer, time, cancellationToken);
        _folder.WriteUsers(ServerConfig.Users(plan, Users()));
        if (_folder.FindAlive() is not { } alive)
        {
            return false;
        }

        // Also when they were written before: whoever wrote them may have been killed before the signal.
        ChildProcess.Signal(alive.Pid, ChildProcess.Hangup);
        LogReloaded(alive.Pid);
        return true;
    }

    public async Task<HomeCertificate> RenewCertificateAsync(CancellationToken cancellationToken)
    {
        var plan = Plan;
        var made = _authority.Renew(plan.NamesWith(options.Nats.TlsNames));
        if ((plan.Access.Tls ?? plan.Access.Mqtt?.Tls)?.CaFile is null)
        {
            return made;
        }

        await ReloadUsersAsync(cancellationToken);
        return made with { IsUsed = true };
    }

    /// <summary>The last lines that the server wrote before its log was open: why it did not start.</summary>
    public string LastWords()
    {
        var text = File.Exists(_folder.ErrorFile) ? File.ReadAllText(_folder.ErrorFile).Trim() : "";
        const int most = 500;
        return text.Length > most ? text[^most..] : text;
    }

    private async Task<FileLock> TakeStoreAsync(CancellationToken cancellationToken)
    {
        try
        {
            // A command that checks whether a server runs holds the lock briefly.
            return await FileLock.TakeAsync(_folder.StoreLock, TimeSpan.FromSeconds(2), time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new EmbeddedServerException($"{_folder.StoreFolder} is still in use by a server that does not end.");
        }
    }

    private static void RequireFree(HostPort at, string flag)
    {
        if (ListenProbe.ProblemOf(at, flag) is { } problem)
        {
            throw new EmbeddedServerException(flag != "--nats-listen" ? problem : $"{problem} If it is a NATS server that you want to use, name it with --nats.");
        }
    }

    private IEnumerable<ServerUser> Users() => sources.SelectMany(source => source.Read(Access.Prefix));

    private async Task<bool> TryAdoptAsync(int pid, ServerNote? note, ServerProgram program, CancellationToken cancellationToken)
    {
        if (note is null)
        {
            LogUnnoted(pid);
            return false;
        }

        var config = ServerConfig.Main(Plan, _folder.Path, note.MaxFileStore, program.Version);
        if (note.Settings != Hash(config, program))
        {
            LogOtherSettings(pid);
            return false;
        }

        Running = note with { Prefix = Access.Prefix, Open = Access.Open };
        if (!await TryAnswersAsync(PatienceToAnswer, cancellationToken))
        {
            LogMute(pid);
            return false;
        }

        IsAdopted = true;
        _folder.WriteNote(Running);
        await ReloadUsersAsync(cancellationToken);
        LogAdopted(program.Version, pid, Plan.Listen);
        return true;
    }

    private async Task EndAsync(int pid, CancellationToken cancellationToken)
    {
        ChildProcess.Signal(pid, ChildProcess.Terminate);
        if (!await EndedAsync(pid, PatienceToStop, cancellationToken))
        {
            LogKilled(pid, PatienceToStop.TotalSeconds);
            ChildProcess.Signal(pid, ChildProcess.Kill);

            // Also when the time to stop is over: an unwatched server must not stay behind.
            await EndedAsync(pid, PatienceToStop, CancellationToken.None);
        }
    }

    private async Task<bool> EndedAsync(int pid, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < patience)
        {
            // The lock, not the process, says when the store is free: it also covers a process number that was given again.
            ChildProcess.TryReap(pid);
            using (var free = FileLock.TryTake(_folder.StoreLock))
            {
                if (free is not null)
                {
                    await CollectAsync(pid);
                    return true;
                }
            }

            await Task.Delay(Poll, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>
    /// A child of ours that has given up its lock is about to end: its exit code is collected, so that no zombie stays.
    /// </summary>
    private async Task CollectAsync(int pid)
    {
        var began = time.GetTimestamp();
        while (ChildProcess.IsRunningChild(pid) && time.GetElapsedTime(began) < PatienceToStop)
        {
            await Task.Delay(Poll, time);
        }
    }

    private async Task AnswersAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (await TryAnswersAsync(patience, cancellationToken))
        {
            return;
        }

        throw new EmbeddedServerException(IsAlive
            ? $"The NATS server does not answer on {Plan.Listen}; its log is {Path.Combine(_folder.Path, "nats-server.log")}"
            : $"The NATS server ended at once{(LastWords() is { Length: > 0 } words ? $": {words}" : " and wrote no reason")}");
    }

    private async Task<bool> TryAnswersAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (IsAlive && time.GetElapsedTime(began) < patience)
        {
            if (await ServerProbe.NameAsync(Plan.Listen, cancellationToken) == Plan.Name)
            {
                return true;
            }

            await Task.Delay(Poll, time, cancellationToken);
            ChildProcess.TryReap(Running!.Pid);
        }

        return false;
    }

    private static string Hash(string config, ServerProgram program) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{program.Path} {program.Version}\n{config}")));

    [LoggerMessage(1000, LogLevel.Information, "Started nats-server {Version}, process {Pid}, on {Listen}")]
    private partial void LogStarted(Version version, int pid, HostPort listen);

    [LoggerMessage(1001, LogLevel.Information, "Adopted the running nats-server {Version}, process {Pid}, on {Listen}")]
    private partial void LogAdopted(Version version, int pid, HostPort listen);

    [LoggerMessage(1002, LogLevel.Information, "Stopped nats-server, process {Pid}")]
    private partial void LogStopped(int pid);

    [LoggerMessage(1003, LogLevel.Information, "nats-server, process {Pid}, reloads its users")]
    private partial void LogReloaded(int pid);

    [LoggerMessage(1004, LogLevel.Information, "Settings changed: nats-server, process {Pid}, is restarted")]
    private partial void LogOtherSettings(int pid);

    [LoggerMessage(1005, LogLevel.Warning, "nats-server, process {Pid}, lives but does not answer: it is restarted")]
    private partial void LogMute(int pid);

    [LoggerMessage(1006, LogLevel.Warning, "nats-server, process {Pid}, was started without being noted: it is restarted")]
    private partial void LogUnnoted(int pid);

    [LoggerMessage(1008, LogLevel.Warning,
        "nats-server on {Listen} speaks plain text (--nats-plain): whoever is on the network reads and changes what devices and "
        + "the sidecar say, and reads passwords")]
    private partial void LogExposed(HostPort listen);

    [LoggerMessage(1007, LogLevel.Error, "nats-server, process {Pid}, did not end within {Seconds} s and is killed")]
    private partial void LogKilled(int pid, double seconds);
}
