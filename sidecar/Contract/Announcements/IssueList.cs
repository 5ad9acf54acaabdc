using System.Collections.Immutable;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>Errors or warnings while a message is read; bounded, since a hostile one can be wrong in a hundred thousand places.</summary>
internal sealed class IssueList
{
    /// <summary>The most that are told; the last one says how many more there are.</summary>
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
        _dropped == 0 ? _items.ToImmutable() : _items.ToImmutable().SetItem(Max - 1, new ContractError("", _items[Max - 1].Code, $"and {_dropped + 1} more"));
}
