using HaNatsBridge.Host.Admin.Internal;
using HaNatsBridge.Host.Tests.Support;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Admin;

/// <summary>Whatever a line of the log is about, secrets in it are masked.</summary>
[NonParallelizable]
public sealed partial class LogSecretTests
{
    private const string Url = "nats://me:hunter2@example.org";

    [Test]
    public async Task Neither_the_file_nor_the_console_has_a_secret()
    {
        using var temp = new TempFolder();
        var before = Console.Out;
        using var console = new StringWriter();
        Console.SetOut(console);
        try
        {
            using var loggers = LoggerFactory.Create(
                logging => logging.AddSerilog(BridgeLog.ToFolder(temp.Path, new LoggingLevelSwitch(), console: true), dispose: true));
            var log = loggers.CreateLogger("HaNatsBridge.Test");
            LogLine(log, Url, new Uri(Url), new InvalidOperationException($"no answer of {Url}", new IOException("token=hunter2")));
            LogWords(log, new Dictionary<string, string> { ["problem"] = """got {"wifi_password":"hunter2"}""", ["name"] = "Desk" });
        }
        finally
        {
            Console.SetOut(before);
        }

        foreach (var text in new[] { await File.ReadAllTextAsync(Path.Combine(temp.Path, "bridge.log")), console.ToString() })
        {
            text.ShouldNotContain("hunter2");
            text.ShouldContain("nats://***@example.org");
            text.ShouldContain("no answer of nats://***@example.org");
            text.ShouldContain("Desk");
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Line {Text} {Url}")]
    private static partial void LogLine(Microsoft.Extensions.Logging.ILogger log, string text, Uri url, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "Words {Words}")]
    private static partial void LogWords(Microsoft.Extensions.Logging.ILogger log, IReadOnlyDictionary<string, string> words);
}
