using System.Diagnostics.CodeAnalysis;
using NATS.Client.Core;

namespace NATS.Client.Services;

/// <summary>Groups.</summary>
public sealed partial class NatsSvcServer
{
    /// <summary>A group: its endpoints have subjects that begin with its name.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "NATS.Net's public surface has it here.")]
    public class Group
    {
        private readonly NatsSvcServer _server;

        /// <summary>Of a service.</summary>
        public Group(NatsSvcServer server, string groupName, string? queueGroup = default, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(server);
            ArgumentNullException.ThrowIfNull(groupName);
            cancellationToken.ThrowIfCancellationRequested();
            Internal.SvcNames.CheckGroup(groupName, nameof(groupName));
            _server = server;
            GroupName = groupName;
            QueueGroup = queueGroup;
        }

        /// <summary>What its subjects begin with; empty: nothing.</summary>
        public string GroupName { get; }

        /// <summary>Queue group of its endpoints.</summary>
        public string? QueueGroup { get; }

        /// <summary>Adds an endpoint.</summary>
        public ValueTask AddEndpointAsync<T>(
            Func<NatsSvcMsg<T>, ValueTask> handler,
            string? name = default,
            string? subject = default,
            string? queueGroup = default,
            IDictionary<string, string>? metadata = default,
            INatsDeserialize<T>? serializer = default,
            CancellationToken cancellationToken = default) =>
            _server.AddAsync(
                handler,
                name,
                subject,
                GroupName,
                queueGroup ?? QueueGroup ?? _server._config.DefaultQueueGroup,
                metadata,
                serializer,
                cancellationToken);

        /// <summary>A group in this group.</summary>
        public ValueTask<Group> AddGroupAsync(string name, string? queueGroup = default, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(new Group(_server, GroupName.Length == 0 ? name : $"{GroupName}.{name}", queueGroup ?? QueueGroup, cancellationToken));
    }
}
