using System.Runtime.CompilerServices;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>Home Assistant, if its address is given.</summary>
internal static class HomeAssistantCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async IAsyncEnumerable<Finding> ExamineAsync(
        Uri? url, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (url is not null)
        {
            yield return await AskAsync(url, cancellationToken);
        }
    }

    private static async Task<Finding> AskAsync(Uri url, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(new Uri(url, "/manifest.json"), cancellationToken);
            return answer.IsSuccessStatusCode
                ? Finding.Ok($"Home Assistant answers at {url}")
                : Finding.Error(
                    $"{url} answers, but not like Home Assistant ({(int)answer.StatusCode})",
                    "Give Home Assistant's own address.");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Finding.Error(
                $"Home Assistant cannot be reached at {url}: {exception.Message}", "Check the address and whether it runs.");
        }
    }
}
