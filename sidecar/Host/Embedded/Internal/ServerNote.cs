using System.Text.Json;
using System.Text.Json.Serialization;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// What the data folder says of the server that was started last, so that the next sidecar can adopt or stop it.
/// </summary>
/// <param name="Pid">Its process.</param>
/// <param name="Started">The process's start time, in clock ticks since boot (/proc), which distinguishes it from a later
/// process with the same number.</param>
/// <param name="Boot">The machine's boot id.</param>
/// <param name="Name">The server's name in its INFO.</param>
/// <param name="Listen">Where it listens.</param>
/// <param name="IsOpen">Whether it takes clients without credentials.</param>
/// <param name="Prefix">The root prefix that its users' rights speak of.</param>
/// <param name="Program">What was started.</param>
/// <param name="Version">Its version.</param>
/// <param name="MaxFileStore">The most that its store may take, bytes.</param>
/// <param name="Settings">A hash over everything that needs a restart to change.</param>
/// <param name="Tls">Its certificate; null: it speaks plain text.</param>
/// <param name="Open">What clients without credentials may do besides what a device does; null: nothing.</param>
/// <param name="Mqtt">Where it takes MQTT clients; null: nowhere.</param>
internal sealed record ServerNote(
    int Pid,
    long Started,
    string Boot,
    string Name,
    string Listen,
    bool IsOpen,
    string Prefix,
    string Program,
    string Version,
    long MaxFileStore,
    string Settings,
    ServerTls? Tls = null,
    OpenSubjects? Open = null,
    MqttGateway? Mqtt = null)
{
    /// <summary>Null when there is none, or it cannot be read: then the server is looked for in other ways.</summary>
    public static ServerNote? Read(string path)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ServerNoteJson.Default.ServerNote)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ServerNoteJson.Default.ServerNote);
}

[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(ServerNote))]
internal sealed partial class ServerNoteJson : JsonSerializerContext;
