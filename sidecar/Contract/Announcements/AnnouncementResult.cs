using System.Collections.Immutable;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>What became of an announcement (contract.md, "Announce"). Immutable.</summary>
public sealed record AnnouncementResult
{
    /// <summary>The device, without the entities that were left out; null when the announcement as a whole is refused.</summary>
    public DeviceDescription? Device { get; init; }

    /// <summary>Whose announcement it says to be, also where it is refused; null when its type or id cannot be read.</summary>
    public DeviceId? Named { get; init; }

    /// <summary>What was refused: the whole when <see cref="Device"/> is null, else single entities, triggers or fields. At most 100.</summary>
    public ImmutableArray<ContractError> Errors { get; init; } = [];

    /// <summary>What was accepted but is probably not meant so. At most 100.</summary>
    public ImmutableArray<ContractError> Warnings { get; init; } = [];

    /// <summary>Whether there is a device to register.</summary>
    public bool Ok => Device is not null;

    /// <summary>How many entities were accepted.</summary>
    public int Accepted => Device?.Entities.Length ?? 0;

    /// <summary>An announcement that is refused as a whole.</summary>
    public static AnnouncementResult Refused(string path, string code, string message) =>
        new() { Errors = [new ContractError(path, code, message)] };

    /// <summary>The same with one more warning.</summary>
    public AnnouncementResult WithWarning(ContractError warning) => this with { Warnings = Warnings.Add(warning) };
}
