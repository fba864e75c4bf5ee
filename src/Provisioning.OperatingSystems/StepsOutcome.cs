using Provisioning.Api.Nodes;

namespace Provisioning.OperatingSystems;

/// <summary>What one call on a list of steps came to.</summary>
/// <param name="Steps">
/// Reports of the steps that were run, in their order, at most 24. A repeated call runs the earlier steps again, and they report Unchanged; whoever merges reports
/// keeps an earlier Changed.
/// </param>
/// <param name="FailedStep">The fatal step that failed and ended the list; null if none did. Steps that are not fatal fail in <paramref name="Steps"/> alone.</param>
/// <param name="Message">For a failure: what happened and what to do. Otherwise what is being waited for. For people, bounded, without control characters.</param>
/// <param name="HostKeys">
/// SSH host keys that the machine shows or may show from now on; null if they are not changed. They must be recorded as the accepted ones before the next call, with
/// every outcome, a failed one too. After pre-capture: the keys that are left in the image. After a complete post-load: the machine's own keys alone.
/// </param>
/// <param name="Complete">
/// Whether all was done. False without a <paramref name="FailedStep"/> means: call again, at once if there are new <paramref name="HostKeys"/> to be recorded, else after
/// a few seconds, since hooks are still running.
/// </param>
public sealed record StepsOutcome(
    IReadOnlyList<StepReport> Steps,
    string? FailedStep,
    string? Message,
    IReadOnlyList<string>? HostKeys,
    bool Complete)
{
    private const string HookBegin = "The hook ";
    private const string HookEnd = " is running.";

    /// <summary>
    /// Whether another hook runs than the one of an earlier outcome: they run one after the other, so that is progress. That a machine is not reached and then is again is none.
    /// </summary>
    /// <param name="earlier">The message that was told before; null if there was none.</param>
    public bool IsAtAnotherHookThan(string? earlier) => NamesHook(Message) && NamesHook(earlier) && Message != earlier;

    private static bool NamesHook(string? message) => message is not null && message.StartsWith(HookBegin, StringComparison.Ordinal) && message.EndsWith(HookEnd, StringComparison.Ordinal);
}
