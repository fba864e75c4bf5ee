using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>What to do next with a Node. Exactly one of the nested kinds.</summary>
public abstract record NodeDecision
{
    private NodeDecision()
    {
    }

    /// <summary>Everything is as declared, or as far as it may be: look again in the slow rhythm.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">For people.</param>
    public sealed record Rest(string Reason, string Message) : NodeDecision;

    /// <summary>Do not even look.</summary>
    public sealed record Hold : NodeDecision;

    /// <summary>Something is not known: keep looking, ever more slowly. Nothing else is done.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">For people.</param>
    public sealed record LookAgain(string Reason, string Message) : NodeDecision;

    /// <summary>An attempt failed before, or did not last; the next is not due yet.</summary>
    /// <param name="Until">When it is due.</param>
    public sealed record WaitToRetry(DateTimeOffset Until) : NodeDecision
    {
        /// <summary>How often the operation succeeded in a row and did not last; 0 after a failure.</summary>
        public int Repetitions { get; init; }
    }

    /// <summary>Only a person can help.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">What to do.</param>
    public sealed record Stall(string Reason, string Message) : NodeDecision
    {
        /// <summary>The plan that waits for an approval, if that is what is missing.</summary>
        public PendingPlan? Plan { get; init; }

        /// <summary>Whether what failed is not tried any more without a change.</summary>
        public bool IsGivenUp { get; init; }
    }

    /// <summary>Start an operation.</summary>
    /// <param name="Kind">The verb.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">For people.</param>
    /// <param name="Goal">Identity of the goal, for counting attempts.</param>
    public sealed record Begin(OperationKind Kind, string Reason, string Message, string Goal) : NodeDecision
    {
        /// <summary>The capture to run, for Capture.</summary>
        public CaptureRequest? Capture { get; init; }

        /// <summary>Id of its plan, for an operation that destroys something.</summary>
        public string? Plan { get; init; }
    }

    /// <summary>Go on with the operation under way.</summary>
    public sealed record Continue : NodeDecision;

    /// <summary>Give the operation under way up: stop it, clean up, record it as failed.</summary>
    /// <param name="Reason">Why.</param>
    /// <param name="Message">For people.</param>
    public sealed record Abandon(string Reason, string Message) : NodeDecision;

    /// <summary>The operation has ended and its end is known where it must be: move it to the history.</summary>
    public sealed record Settle : NodeDecision;

    /// <summary>The operation has ended, and the ImageCapture has yet to take over its result.</summary>
    public sealed record AwaitCapture : NodeDecision;

    /// <summary>Nothing is left to do for the deleted Node.</summary>
    /// <param name="LeftBehind">What was left behind, for people; null if nothing.</param>
    public sealed record Release(string? LeftBehind) : NodeDecision;
}
