using Microsoft.Extensions.Logging;
using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
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
            return OperationOutcome.Running("", failure.Message, PollHost) with { Step = operation.Operation.Step, NoAnswer = SshReasons.OfHost(failure.Kind) };
        }
    }

    /// <summary>A question about an image whose answer did not come has no answer; least of all that the image is absent.</summary>
    /// <param name="question">Asks the host.</param>
    public static async Task<ImageAnswer> AskAsync(Func<Task<ImageAnswer>> question)
    {
        ArgumentNullException.ThrowIfNull(question);
        try
        {
            return await question();
        }
        catch (SshFailureException failure)
        {
            return ImageAnswer.Unknown(SshReasons.OfHost(failure.Kind), failure.Message);
        }
    }

    /// <summary>An order outside of operations has nothing to go on from: it failed, and whoever gave it gives it again.</summary>
    /// <param name="order">Gives the order to the host.</param>
    public static async Task<OperationOutcome> OrderAsync(Func<Task<OperationOutcome>> order)
    {
        ArgumentNullException.ThrowIfNull(order);
        try
        {
            return await order();
        }
        catch (SshFailureException failure)
        {
            var reason = SshReasons.OfHost(failure.Kind);
            return OperationOutcome.Failed(reason, failure.Message) with { NoAnswer = failure.MayHaveSent ? reason : null };
        }
    }

    /// <summary>The same for an order that also reads an image from elsewhere.</summary>
    /// <param name="source">Where the image comes from.</param>
    /// <param name="order">Fetches it.</param>
    public static async Task<OperationOutcome> FetchAsync(IImageSource source, Func<Task<OperationOutcome>> order)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            return await OrderAsync(order);
        }
        catch (IOException failure)
        {
            return OperationOutcome.Failed(Reasons.HostUnreachable, $"{source.Name} cannot be read: {failure.Message}");
        }
    }

    [LoggerMessage(4001, LogLevel.Warning, "Operation {Operation} of the Node {Namespace}/{Name} waits: {Why}")]
    private static partial void Interrupted(ILogger logger, string @namespace, string name, string operation, string why);
}
