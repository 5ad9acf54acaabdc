using HaNatsBridge.Contract.Identity;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>
/// Whose the names are. In names dots become <c>-</c> and streams are in upper case, so <c>my.house</c> and <c>my-house</c>, or <c>home</c> and <c>Home</c>, would share streams or
/// buckets. The first home in an account has them; another prefix is refused before anything of it is read or written.
/// </summary>
internal static class HomeClaim
{
    /// <summary>The prefix that a bridge's bucket belongs to. A bucket made before there was this key belongs to the prefix whose streams stand beside it.</summary>
    public const string PrefixKey = "prefix";

    private const int StreamNotFound = 10059;

    /// <summary>Looks at the streams of that name, before any bucket is touched.</summary>
    /// <exception cref="StorageException">They are another prefix's.</exception>
    public static async Task CheckStreamsAsync(INatsJSContext jetStream, HomeNames names, HomeSubjects subjects, CancellationToken cancellationToken)
    {
        // What every telemetry stream has behind its prefix.
        var states = subjects.AllStates[subjects.Root.Length..];
        try
        {
            var telemetry = await jetStream.GetStreamAsync(names.TelemetryStream, cancellationToken: cancellationToken);
            foreach (var subject in telemetry.Info.Config.Subjects ?? [])
            {
                if (subject.EndsWith(states, StringComparison.Ordinal) && subject[..^states.Length] is var owner && owner != subjects.Root && HomeSubjects.IsValidRoot(owner))
                {
                    throw Taken(subjects.Root, owner);
                }
            }
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == StreamNotFound)
        {
            // Nobody's yet.
        }
    }

    /// <summary>Writes the prefix into the bridge's bucket where there is none. Of two sidecars that start at once the first has it.</summary>
    /// <exception cref="StorageException">It has another prefix.</exception>
    public static async Task ClaimAsync(INatsKVStore bridge, string prefix, CancellationToken cancellationToken)
    {
        var owner = await BridgeIdentity.ReadOrWriteAsync(bridge, PrefixKey, prefix, HomeSubjects.IsValidRoot, cancellationToken);
        if (owner != prefix)
        {
            throw Taken(prefix, owner);
        }
    }

    private static StorageException Taken(string prefix, string owner) => new(
        $"The prefix {prefix} makes the same names of streams and buckets as {owner}, whose they are on this account. "
        + $"Nothing of {owner} is touched: choose another root with --prefix, or give this home an account of its own.");
}
