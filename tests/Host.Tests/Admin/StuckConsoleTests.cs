using HaNatsBridge.Host.Admin.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Admin;

/// <summary>A terminal that takes no more (Ctrl-S, a full pipe) must not stop the home.</summary>
[NonParallelizable]
public sealed partial class StuckConsoleTests
{
    [Test]
    [CancelAfter(30_000)]
    public async Task A_console_that_takes_no_more_does_not_delay_logging(CancellationToken token)
    {
        using var temp = new TempFolder();
        var before = Console.Out;
        using var stuck = new StuckWriter();
        using (var loggers = LoggerFactory.Create(
            logging => logging.AddSerilog(BridgeLog.ToFolder(temp.Path, new LoggingLevelSwitch(), console: true), dispose: true)))
        {
            Console.SetOut(stuck);
            try
            {
                var log = loggers.CreateLogger("HaNatsBridge.Test");
                await Task.Run(
                    () =>
                    {
                        for (var i = 0; i < 20_000; i++)
                        {
                            LogLine(log, i);
                        }
                    },
                    token).WaitAsync(token);
                await Eventually.TrueAsync(() => stuck.Reached, "the console is being written to");
            }
            finally
            {
                stuck.GoOn();
                Console.SetOut(before);
            }
        }

        (await File.ReadAllTextAsync(Path.Combine(temp.Path, "bridge.log"), token)).ShouldContain("Line 0");
    }

    [LoggerMessage(1, LogLevel.Information, "Line {Number}")]
    private static partial void LogLine(Microsoft.Extensions.Logging.ILogger logger, int number);

    private sealed class StuckWriter : StringWriter
    {
        private readonly ManualResetEventSlim _mayGoOn = new();

        public volatile bool Reached;

        public void GoOn() => _mayGoOn.Set();

        public override void Write(char[] buffer, int index, int count)
        {
            Wait();
            base.Write(buffer, index, count);
        }

        public override void Write(string? value)
        {
            Wait();
            base.Write(value);
        }

        protected override void Dispose(bool disposing)
        {
            _mayGoOn.Dispose();
            base.Dispose(disposing);
        }

        private void Wait()
        {
            Reached = true;
            _mayGoOn.Wait();
        }
    }
}
