using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>Which connection an announcement came from.</summary>
internal sealed partial class ConnectionWatcher
{
    private async Task LookUpAsync(CancellationToken stoppingToken)
    {
        await foreach (var lookup in _announced.LookupsAsync(stoppingToken))
        {
            if (!await TryAsync(ct => FindAsync(lookup.Id, lookup.Reply, lookup.At, ct), stoppingToken))
            {
                // Only the announcement told the reply subject: no comparison finds such a device. What stood in its way stands in the next one's way too.
                _announced.Again(lookup);
                await Task.Delay(_timings.LookupPause, _time, stoppingToken);
            }
        }
    }

    /// <summary>Finds an announcer's connection: by credential, by reply subject, by <c>.set</c>.</summary>
    private async Task FindAsync(DeviceId id, string? reply, long at, CancellationToken cancellationToken)
    {
        var account = await AccountAsync(cancellationToken);
        var logins = _credentials.Read()(id);
        var found = reply is null ? null : await InTurnAsync(() => _inboxes.Find(reply), cancellationToken);
        found ??= await FindByLoginAsync(account, logins, reply, cancellationToken);
        if (found is null && reply is not null)
        {
            found = ConnectionMatch.Holder(await OpenAsync(account, reply, null, cancellationToken), reply, least: 2);
        }

        if (found is not null && reply is not null)
        {
            await InTurnAsync(() => _inboxes.Add(id, reply, found), cancellationToken);
        }

        var set = _storage.Subjects.SetOf(id);
        found ??= ConnectionMatch.Of([], set, await OpenAsync(account, set, null, cancellationToken));
        if (found is not null)
        {
            await BindAsync(id, found, account, cancellationToken);
        }
        else if (reply is not null)
        {
            // Who asked holds the reply's subject; a device that ended before the server could be asked would stay online for ever.
            await InTurnAsync(() => _book.Unseen(id, at + Grace), cancellationToken);
        }
    }

    private async Task<ClientConnection?> FindByLoginAsync(string account, IReadOnlyList<string> logins, string? reply, CancellationToken cancellationToken)
    {
        foreach (var login in logins)
        {
            if (ConnectionMatch.OfLogin(login, reply, await OpenAsync(account, null, login, cancellationToken)) is { } mine)
            {
                return mine;
            }
        }

        return null;
    }

    /// <summary>
    /// What the servers list, without the connections whose end is known: 2.9 goes on listing some of them. Whoever looks for a device's connection asks here, so that none is bound
    /// to one that is gone.
    /// </summary>
    private async Task<IReadOnlyList<ClientConnection>> OpenAsync(string account, string? subject, string? login, CancellationToken cancellationToken)
    {
        var listed = await _requests.ConnectionsAsync(account, subject, login, cancellationToken);
        return await InTurnAsync(() => _book.Open(listed), cancellationToken);
    }

    private async Task BindAsync(DeviceId id, ClientConnection found, string account, CancellationToken cancellationToken)
    {
        var (isBound, rival) = await InTurnAsync(
            () =>
            {
                if (!_registry.TryGetEntry(id, out _))
                {
                    // Removed since it announced itself.
                    return (false, null);
                }

                // Closed since the servers were asked: nothing would say so a second time.
                if (_book.IsClosed(found.Id))
                {
                    _book.Unseen(id, _clock.Now + Grace);
                    return (false, null);
                }

                var other = _book.Bind(id, found.Id);
                _judge.OnConnection(id, found.Id, _clock.Now);
                return (true, other);
            },
            cancellationToken);
        if (!isBound || rival is not { } first)
        {
            return;
        }

        // The event of its end may be on its way: only a connection that the server still knows is a rival.
        var all = await OpenAsync(account, null, null, cancellationToken);
        if (all.FirstOrDefault(c => c.Id == first) is { } other)
        {
            await InTurnAsync(() => _book.MarkDuplicate(id, first, found.Id), cancellationToken);
            LogDuplicate(id.ToString(), other.ForPeople, found.ForPeople);
            _repairs.Raise(new Repair(RepairId(id), "duplicate_device", "warning", new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["device"] = id.ToString(),
                ["first"] = other.ForPeople,
                ["second"] = found.ForPeople,
            }));
        }
    }
}
