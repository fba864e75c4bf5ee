using Microsoft.Extensions.Logging;
using Provisioning.Engines.Operations;
using Provisioning.Ssh;

namespace Provisioning.Engines.Remote.Hosts;

/// <summary>What follows when the connection breaks in the middle of a verb.</summary>
public static partial class Interruptions
{
    private static readonly TimeSpan PollHost = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A broken connection is no failure of the operation: what was begun goes on without us, and the same step is asked for again. The no-progress time-out of the
    /// operation ends it if that lasts.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="logger">Is told.</param>
    /// <param name="step">One call of the verb.</param>
    public static async Task<OperationOutcome> DriveAsync(OperationContext operation, ILogger logger, Func<Task<OperationOutcome>> step)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(step);
        try
        {
            return await step();
        }
        catch (SshFailureException failure)
        {
            Interrupted(logger, operation.Node.Namespace, operation.Node.Name, operation.Operation.Id, failure.Message);
            return OperationOutcome.Running("", failure.Message, PollHost) with { Step = operation.Operation.Step };
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "Operation {Operation} of the Node {Namespace}/{Name} waits: {Why}")]
    private static partial void Interrupted(ILogger logger, string @namespace, string name, string operation, string why);
}
