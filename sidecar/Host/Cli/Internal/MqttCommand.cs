using System.CommandLine;
using System.Text;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.MqttBridge;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary><c>mqtt import</c>: which devices of a broker would join the home, and with which entity ids.</summary>
internal static class MqttCommand
{
    private const string Broker = "--mqtt";
    private const string Section = "mqtt";
    private const string List = "brokers";

    public static Command Create(IReadOnlyList<Setting> table)
    {
        var prefix = new Option<string?>("--prefix")
        {
            HelpName = "TOPIC", Description = "Prefix of the discovery topics (homeassistant)",
        };
        var json = new Option<bool>("--json") { Description = "Print it as JSON" };
        var apply = new Option<bool>("--apply") { Description = "Write the broker into bridge.yaml: the next run uses it" };
        var import = new Command(
            "import", "Show which devices of an MQTT broker would join the home, and with which entity ids; change nothing")
        {
            prefix, json, apply,
        };
        var flags = SettingsFlags.AddTo(import, table, flag => flag is "--data" or Broker);
        import.SetAction((parsed, cancellationToken) => Guard.RunAsync(parsed.InvocationConfiguration.Error, async () =>
        {
            var settings = flags.Read(parsed);
            var text = TextOf(parsed, parsed.GetValue(prefix), parsed.GetValue(apply));
            var broker = BrokerOf(settings.Current, text, parsed.GetValue(prefix));
            var found = await MqttBridgeFeature.ExamineAsync(broker, TimeProvider.System, cancellationToken);
            var output = parsed.InvocationConfiguration.Output;
            foreach (var line in parsed.GetValue(json) ? [InventoryText.ToJson(broker, found)] : InventoryText.Of(broker, found))
            {
                await output.WriteLineAsync(line);
            }

            if (found.Devices.Count == 0)
            {
                throw new IOException(NothingFound(broker));
            }

            if (parsed.GetValue(apply))
            {
                // JSON stays alone on the output.
                var notes = parsed.GetValue(json) ? parsed.InvocationConfiguration.Error : output;
                await notes.WriteLineAsync($"\n{Apply(settings, text!, broker)}");
            }

            return ExitCodes.Ok;
        }));
        return new Command("mqtt", "Devices of MQTT brokers (docs/moving-from-mqtt.md)") { import };
    }

    /// <summary>The address as it was given, with the prefix; null: the settings have it.</summary>
    private static string? TextOf(ParseResult parsed, string? prefix, bool isApplied)
    {
        var given = parsed.GetValue<string[]>(Broker) ?? [];
        if (given.Length > 1)
        {
            throw new SettingsException($"{Broker}: name one broker at a time");
        }

        if (given is [var text])
        {
            var mark = text.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            return prefix is null ? text : $"{text}{mark}prefix={Uri.EscapeDataString(prefix)}";
        }

        return isApplied ? throw new SettingsException($"--apply: name the broker with {Broker} mqtt://user:password@host:1883") : null;
    }

    private static BrokerAddress BrokerOf(BridgeOptions options, string? text, string? prefix)
    {
        try
        {
            if (text is not null)
            {
                return BrokerAddress.Parse(text);
            }
        }
        catch (FormatException exception)
        {
            throw new SettingsException($"{(prefix is null ? Broker : "--prefix")}: {exception.Message}");
        }

        return options.Of<MqttBridgeOptions>().Brokers is [var only]
            ? prefix is null ? only : only with { Prefix = prefix }
            : throw new SettingsException($"Name the broker with {Broker} mqtt://user:password@host:1883");
    }

    private static string NothingFound(BrokerAddress broker) => $"""
        No device announces itself below {broker.Prefix}/ on {broker}. Likely reasons:
          * The discovery messages of Home Assistant are switched off in the device or program (docs/moving-from-mqtt.md).
          * Another prefix: name it with --prefix.
          * The device announces itself without storing (retain). It is found by ./bridge run, which asks for it.
          * The user may not read {broker.Prefix}/#: look into the broker's access list.
          * It is another broker than the one of the devices.
        """;

    private static string Apply(ISettings settings, string text, BrokerAddress broker)
    {
        var folder = DataFolderFeature.OpenShared(settings.Current);
        var file = settings.File ?? folder.PathOf("bridge.yaml");
        var old = File.Exists(file) ? File.ReadAllText(file) : "";
        if (SettingsFile.ItemsOf(file, old, Section, List).Any(other => other != text && IsNamed(other, broker)))
        {
            throw new SettingsException($"{file} has {broker} already, with another address: change it there");
        }

        if (SettingsFile.WithItem(file, old, Section, List, text) is not { } changed)
        {
            return $"{file} has this broker already.";
        }

        folder.WritePrivate(file, Encoding.UTF8.GetBytes(changed));
        var password = broker.Password is null
            ? ""
            : "\nThe password is in that file in clear; only its owner can read it (mode 0600).";
        return $"{broker} is in {file} now.{password}\n{NextStep(settings.Current)}";
    }

    private static bool IsNamed(string address, BrokerAddress broker)
    {
        try
        {
            return BrokerAddress.Parse(address).Name == broker.Name;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static string NextStep(BridgeOptions options)
    {
        const string First =
            "Delete the integration MQTT in Home Assistant before, so that the entity ids are free (docs/moving-from-mqtt.md).";
        try
        {
            DataFolderFeature.RequireUnused(options);
            return $"Next: ./bridge run (with the same --data). {First}";
        }
        catch (DataFolderException)
        {
            return $"Next: restart the sidecar, which runs with its old settings. {First}";
        }
    }
}
