using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Admin;

public sealed partial class LogTextTests
{
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public void Dates_in_messages_are_year_month_day()
    {
        var when = new DateTimeOffset(2026, 11, 30, 14, 5, 6, TimeSpan.Zero);
        var text = Logged("Test", log => LogTimes(log, when, when.UtcDateTime));
        text.ShouldContain("At 2026-11-30T14:05:06.000+00:00 and 2026-11-30T14:05:06.000+00:00");
        text.ShouldNotContain("11/30");
    }

    /// <summary>It logs each attempt to connect with a stack trace; the link reports an outage itself.</summary>
    [Test]
    public void The_client_of_NATS_logs_no_attempts_to_connect() =>
        Logged(NatsClientOptions.NoisyCategory, log => LogAttempt(log, new IOException("refused")))
            .ShouldBeEmpty();

    private string Logged(string category, Action<ILogger> log)
    {
        using (var loggers = LoggerFactory.Create(
            builder => builder.AddBridgeLogging(_temp.Path, SettingsFeature.Fixed(new BridgeOptions()), console: false)))
        {
            log(loggers.CreateLogger(category));
        }

        return File.Exists(_temp.Of("bridge.log")) ? File.ReadAllText(_temp.Of("bridge.log")) : "";
    }

    [LoggerMessage(1, LogLevel.Warning, "At {When} and {Utc}")]
    private static partial void LogTimes(ILogger logger, DateTimeOffset when, DateTime utc);

    [LoggerMessage(2, LogLevel.Error, "Fail to connect NATS")]
    private static partial void LogAttempt(ILogger logger, Exception exception);
}
