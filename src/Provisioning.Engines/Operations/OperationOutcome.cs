using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Operations;

/// <summary>What one call of a verb came to.</summary>
public sealed record OperationOutcome
{
    private OperationOutcome()
    {
    }

    /// <summary>Running, Succeeded or Failed.</summary>
    public required OperationPhase Phase { get; init; }

    /// <summary>For Running: the step to do, or to look at, with the next call.</summary>
    public string? Step { get; init; }

    /// <summary>What happens or happened, for people; never a secret. For a failure it says what to do.</summary>
    public string Message { get; init; } = "";

    /// <summary>For Running: when to call again; zero means at once.</summary>
    public TimeSpan PollAfter { get; init; }

    /// <summary>For Running: <see cref="Step"/> and <see cref="Values"/> must be recorded before the next call.</summary>
    public bool Record { get; init; }

    /// <summary>
    /// The call got no answer, for this reason (a word of <see cref="Reasons"/>), and whether it took or will take effect is not known. For Running: it is repeated ever more slowly, and the Node tells when.
    /// For Failed: a command may still be on its way; absent where it is certain that none was sent.
    /// </summary>
    public string? NoAnswer { get; init; }

    /// <summary>Progress in percent, if it can be told.</summary>
    public int? ProgressPercent { get; init; }

    /// <summary>Whether something moved since the last call; feeds the no-progress clock. A new step always counts as progress.</summary>
    public bool MadeProgress { get; init; }

    /// <summary>Values for later steps, merged into those of the operation.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>Reports of steps inside the operating system, merged by name.</summary>
    public IReadOnlyList<StepReport> Steps { get; init; } = [];

    /// <summary>For Failed: why, a word of <see cref="Reasons"/>.</summary>
    public string? Reason { get; init; }

    /// <summary>For Failed: whether to try again.</summary>
    public FailureKind FailureKind { get; init; }

    /// <summary>For Failed: true when it is certain that what was on the machine before is still there unharmed.</summary>
    public bool MachineUntouched { get; init; }

    /// <summary>For a succeeded capture: what was made.</summary>
    public CapturedImage? CapturedImage { get; init; }

    /// <summary>SSH host keys that the machine must show from now on; null leaves the pinned ones.</summary>
    public IReadOnlyList<string>? SshHostKeys { get; init; }

    /// <summary>Under way.</summary>
    /// <param name="step">The step for the next call.</param>
    /// <param name="message">What happens, for people.</param>
    /// <param name="pollAfter">When to call again; null means at once.</param>
    public static OperationOutcome Running(string step, string message, TimeSpan? pollAfter = null) =>
        new() { Phase = OperationPhase.Running, Step = step, Message = message, PollAfter = pollAfter ?? TimeSpan.Zero };

    /// <summary>Done.</summary>
    public static OperationOutcome Succeeded(string message) => new() { Phase = OperationPhase.Succeeded, Message = message, ProgressPercent = 100 };

    /// <summary>Failed.</summary>
    /// <param name="reason">A word of <see cref="Reasons"/>.</param>
    /// <param name="message">What happened to what, and what to do next.</param>
    /// <param name="kind">Whether to try again.</param>
    public static OperationOutcome Failed(string reason, string message, FailureKind kind = FailureKind.Retry) =>
        new() { Phase = OperationPhase.Failed, Reason = reason, Message = message, FailureKind = kind };

    /// <summary>The engine lacks the verb.</summary>
    public static OperationOutcome NotSupported(OperationKind kind) =>
        Failed(Reasons.NotSupported, $"This kind of provisioner has no {kind}.", FailureKind.NeedsPerson) with { MachineUntouched = true };
}

/// <summary>What follows from a failure.</summary>
public enum FailureKind
{
    /// <summary>Trying again later may help.</summary>
    Retry,

    /// <summary>Only a person can help; the message says how.</summary>
    NeedsPerson,
}
