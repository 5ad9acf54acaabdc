using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>The sidecar itself, asked by its own API.</summary>
internal sealed class SidecarCheck(BridgeOptions options, FolderCheck folder)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async IAsyncEnumerable<Finding> ExamineAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!HostPort.TryParse(options.Listen, out var at))
        {
            yield break;
        }

        if (!folder.IsHeld)
        {
            yield return Finding.Ok("The sidecar does not run now");
            yield return PortCheck.Examine(at, "the sidecar", "--listen");
            yield break;
        }

        foreach (var finding in await AskAsync(at, cancellationToken))
        {
            yield return finding;
        }
    }

    private static IEnumerable<Finding> Judge(JsonElement health)
    {
        var status = health.GetProperty("status").GetString();
        yield return status switch
        {
            "ok" => Finding.Ok($"The sidecar {health.GetProperty("version").GetString()} is well"),
            "starting" => Finding.Warning("The sidecar is not ready yet", "Wait; below stands for what."),
            _ => Finding.Warning("The sidecar runs, but something is degraded", "Below stands what."),
        };
        foreach (var part in health.GetProperty("parts").EnumerateObject())
        {
            if (part.Value.GetProperty("status").GetString() != "ok")
            {
                var message = part.Value.TryGetProperty("message", out var text) ? text.GetString() : "no reason given";
                yield return Finding.Error(
                    $"{part.Name}: {message}", "The sidecar tries again by itself; its log is in the data folder's log/.");
            }
        }

        foreach (var repair in health.GetProperty("repairs").EnumerateArray())
        {
            var words = repair.GetProperty("placeholders").EnumerateObject().Select(one => $"{one.Name} {one.Value}");
            yield return Finding.Warning(
                $"Repair {repair.GetProperty("id").GetString()}: {string.Join(", ", words)}",
                "Home Assistant explains it under Settings, Repairs.");
        }
    }

    private async Task<IReadOnlyList<Finding>> AskAsync(HostPort at, CancellationToken cancellationToken)
    {
        var scheme = options.Tls.Cert is null ? "http" : "https";
        try
        {
            // Ours by the lock on the data folder; the certificate is checked by whoever comes over the network.
            using var handler = new HttpClientHandler();
            handler.ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator;
            using var client = new HttpClient(handler) { Timeout = Patience };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer", (await File.ReadAllTextAsync(folder.TokenFile, cancellationToken)).Trim());
            using var answer = await client.GetAsync(new Uri($"{scheme}://{at.Reachable}/api/health"), cancellationToken);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            // Without the token the report is only the status.
            return json.RootElement.TryGetProperty("parts", out _)
                ? [.. Judge(json.RootElement)]
                : [Finding.Error(
                    $"The sidecar does not take the access token in {folder.TokenFile}",
                    "The file was changed since the sidecar started: restart it, and give Home Assistant the new token.")];
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException
            or KeyNotFoundException or UnauthorizedAccessException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return [Finding.Error(
                $"A sidecar runs on the data folder, but does not answer on {scheme}://{at.Reachable}: {exception.Message}",
                "Run the doctor with the same --listen as the sidecar, and see its log.")];
        }
    }
}
