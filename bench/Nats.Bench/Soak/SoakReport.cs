using System.Globalization;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>The soak in two Markdown tables and one last line.</summary>
public sealed class SoakReport(TextWriter output, TextWriter progress)
{
    public void Killed(int kills, TimeSpan after) => progress.WriteLine(Text($"soak: server killed and started again, {kills}. time, after {after:hh\\:mm\\:ss}"));

    public void Write(
        SoakOptions options, TimeSpan elapsed, int kills, long dropped, IReadOnlyList<SoakLane> lanes, IReadOnlyList<SoakSample> samples, IReadOnlyList<string> failures)
    {
        output.WriteLine(Text($"\n### Soak of {elapsed:hh\\:mm\\:ss}, nats-server {options.Version} killed {kills} times, {Environment.ProcessorCount} processors\n"));
        output.WriteLine("| traffic | sent | acknowledged or answered | received | failed attempts | acknowledged and lost | twice, out of order or wrong |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var lane in lanes)
        {
            var lost = lane.IsAcknowledged ? Text($"{lane.Lost:N0}") : "at most once";
            output.WriteLine(Text($"| {lane.Name} | {lane.Sent:N0} | {lane.Acknowledged:N0} | {lane.Received:N0} | {lane.Failed:N0} | {lost} | {lane.Doubled:N0} |"));
        }

        output.WriteLine(Text($"\nDropped by a slow subscription: {dropped:N0}.\n"));
        output.WriteLine("| moment | heap after collection, KiB | resident, MiB | open handles | threads |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var sample in samples)
        {
            output.WriteLine(Text($"| {sample.When} | {sample.HeapBytes / 1024:N0} | {sample.ResidentBytes / 1024.0 / 1024:N1} | {sample.Handles} | {sample.Threads} |"));
        }

        output.WriteLine();
        foreach (var failure in failures)
        {
            output.WriteLine($"FAILED: {failure}");
        }

        output.WriteLine(failures.Count == 0 ? "soak: nothing acknowledged was lost, nothing hung" : "soak: failed");
        output.Flush();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
