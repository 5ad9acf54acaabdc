namespace HaNatsBridge.Host.Embedded;

/// <summary>Who else may come in: implemented by the feature that hands out credentials.</summary>
public interface IServerUserSource
{
    /// <summary>The users of the home's account, with their rights below the prefix.</summary>
    IReadOnlyList<ServerUser> Read(string prefix);
}
