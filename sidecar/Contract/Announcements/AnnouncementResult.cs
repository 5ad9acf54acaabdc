using System.Collections.Immutable;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>The result of an announcement (docs/devices.md, "Announce"). Immutable.</summary>
public sealed record AnnouncementResult
{
    /// <summary>The device, without the entities that were left out; null when the announcement as a whole is refused.</summary>
    public DeviceDescription? Device { get; init; }

    /// <summary>
    /// The device that the announcement names, also where it is refused; null when its type or id cannot be read.
    /// </summary>
    public DeviceId? Named { get; init; }

    /// <summary>
    /// What was refused: the whole announcement when <see cref="Device"/> is null, else single entities, triggers or fields. At
    /// most 100.
    /// </summary>
    public ImmutableArray<ContractError> Errors { get; init; } = [];

    /// <summary>What was accepted but is probably a mistake. At most 100.</summary>
    public ImmutableArray<ContractError> Warnings { get; init; } = [];

    /// <summary>Whether there is a device to register.</summary>
    public bool Ok => Device is not null;

    /// <summary>How many of the announced entities were accepted.</summary>
    public int Accepted { get; init; }

    /// <summary>An announcement that is refused as a whole.</summary>
    public static AnnouncementResult Refused(string path, string code, string message) =>
        new() { Errors = [new ContractError(path, code, message)] };

    /// <summary>The same with one more warning.</summary>
    public AnnouncementResult WithWarning(ContractError warning) => this with { Warnings = Warnings.Add(warning) };
}

/// <summary>Errors or warnings found in a message; bounded, since a hostile one can have a hundred thousand.</summary>
internal sealed class IssueList
{
    /// <summary>The most that are reported; the last one gives the number of the others.</summary>
    public const int Max = 100;

    private readonly ImmutableArray<ContractError>.Builder _items = ImmutableArray.CreateBuilder<ContractError>();
    private int _dropped;

    public bool IsFull => _items.Count == Max;

    public bool Any => _items.Count > 0;

    public void Add(string path, string code, string message) => Add(new ContractError(path, code, message));

    public void Add(ContractError issue)
    {
        if (_items.Count < Max)
        {
            _items.Add(issue);
        }
        else
        {
            _dropped++;
        }
    }

    public ImmutableArray<ContractError> ToImmutable() =>
        _dropped == 0
            ? _items.ToImmutable()
            : _items.ToImmutable().SetItem(Max - 1, new ContractError("", _items[Max - 1].Code, $"and {_dropped + 1} more"));
}
