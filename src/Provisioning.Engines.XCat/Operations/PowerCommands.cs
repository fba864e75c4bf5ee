using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.XCat.Hosts;
using Provisioning.Engines.XCat.Parsing;
using Provisioning.Engines.XCat.Power;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Operations;

/// <summary>Commands of rpower that may be repeated, until one is obeyed. Each attempt is a job of its own, so that none is made twice.</summary>
internal sealed class PowerCommands(NodeSteps nodes, Random random)
{
    /// <summary>Has a command obeyed; null when it was. That is not yet the power state: xCAT answers when the machine's controller has accepted.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="step">The step, which names the attempts.</param>
    /// <param name="verb">on, off, boot.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<OperationOutcome?> ObeyAsync(OperationContext operation, string step, string verb, CancellationToken cancellationToken)
    {
        var tries = PowerTries.Parse(operation.Value(Key(step)));
        var name = operation.Node.MachineName;
        var job = new DetachedJob($"{step}-{tries.Attempt}", NodeScripts.Power, name, verb, PowerRetry.RefreshesInventory(tries) ? "refresh" : "", verb == "boot" && tries.Attempt > 1 ? "net" : "")
        {
            // A machine that is on or off already stays so; one that boots must not be started over.
            RunAgainWhenLost = verb is "on" or "off",
        };
        var (report, pending) = await nodes.RunAsync(operation, step, $"rpower {name} {verb}", job, cancellationToken);
        if (report.State == JobState.Lost)
            return null;
        if (pending is not null)
            return pending;
        if (Refusal(report.Log, name) is not { } error)
            return null;

        var retry = PowerRetry.Judge(tries, error, random.NextDouble());
        return retry.After is { } after
            ? OperationOutcome.Running(step, $"rpower {name} {verb} was not obeyed ({Excerpts.Of(error)}); it is tried again", after) with
            {
                Record = true,
                Values = new Dictionary<string, string> { [Key(step)] = retry.Tries.ToString() },
            }
            : OperationOutcome.Failed(Reasons.CommandFailed, $"rpower {name} {verb} was given up: {retry.GaveUp}.",
                XCatErrors.KindOf(error) == XCatErrorKind.Unsupported ? FailureKind.NeedsPerson : FailureKind.Retry);
    }

    /// <summary>Why a command was not obeyed; null if it was. Pure.</summary>
    public static string? Refusal(string log, string node)
    {
        var reply = XCatReply.Parse(log, "");
        var answer = reply.Of(node);
        return answer.Error ?? (reply.Errors.Count > 0 ? reply.Errors[0] : answer.Data.Count > 0 ? null : $"xCAT said nothing about {node}");
    }

    private static string Key(string step) => $"tries{step}";
}
