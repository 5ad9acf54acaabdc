using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Commands;

namespace HaNatsBridge.Host.Pictures.Internal;

/// <summary>Asks devices for pictures. Whoever asks for a picture that is already on its way gets that one.</summary>
internal sealed class PictureRequests(ICommandRouter commands)
{
    /// <summary>Pictures that are on their way at the same time: each may be as large as the server's largest message.</summary>
    private const int Most = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<EntityId, Task<CommandOutcome>> _running = [];

    /// <summary>Returns at the latest when the deadline of the command is over.</summary>
    /// <param name="entity">The camera, image or media player.</param>
    /// <param name="cancellationToken">Ends the wait of this caller; the command goes on for the others.</param>
    public async Task<CommandOutcome> AskAsync(EntityId entity, CancellationToken cancellationToken)
    {
        Task<CommandOutcome>? asked;
        lock (_gate)
        {
            if (!_running.TryGetValue(entity, out asked) && _running.Count < Most)
            {
                _running[entity] = asked = AskDeviceAsync(entity);
            }
        }

        return asked is null
            ? new CommandOutcome
            {
                Ok = false, Code = CommandCodes.Busy, Retryable = true,
                Message = "Too many pictures are requested at the same time.",
            }
            : await asked.WaitAsync(cancellationToken);
    }

    private async Task<CommandOutcome> AskDeviceAsync(EntityId entity)
    {
        // Not under the lock of the caller.
        await Task.Yield();
        try
        {
            var request = new CommandRequest
            {
                Entity = entity, Action = CommandActions.GetImage, Params = JsonElement.Parse("{}"u8), Origin = "home_assistant",
            };
            return await commands.ExecuteAsync(request, CancellationToken.None);
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(entity);
            }
        }
    }
}
