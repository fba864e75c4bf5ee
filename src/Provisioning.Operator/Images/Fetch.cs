using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Core.Status;
using Provisioning.Engines.Operations;

namespace Provisioning.Operator.Images;

/// <summary>A copy under way.</summary>
internal sealed class Fetch(CopyToFetch copy, string digest)
{
    private volatile ImageFetch _state = new()
    {
        Provisioner = copy.To,
        Source = copy.From,
        Reason = Reasons.ImageFetching,
        Message = $"waits for its turn to be fetched from {copy.From}",
    };

    public CopyToFetch Copy => copy;

    /// <summary>Digest of what is fetched: an Image that was deleted and created again may be another one.</summary>
    public string Digest => digest;

    public CancellationTokenSource Cancellation { get; } = new();

    public Task Running { get; set; } = Task.CompletedTask;

    public ImageFetch State => _state;

    /// <summary>Notes that bytes arrive; false if it is not worth a write.</summary>
    public bool Moves(OperationOutcome outcome, int progressStep)
    {
        var next = _state with
        {
            ProgressPercent = outcome.ProgressPercent ?? _state.ProgressPercent,
            Attempt = null,
            NextTime = null,
            Reason = Reasons.ImageFetching,
            Message = BoundedText.Cut(outcome.Message, 1024),
        };
        var isNews = next.Reason != _state.Reason || (next.ProgressPercent ?? 0) - (_state.ProgressPercent ?? 0) >= progressStep;
        if (isNews)
            _state = next;
        return isNews;
    }

    /// <summary>Notes an attempt that failed.</summary>
    public void Fails(OperationOutcome outcome, DateTimeOffset nextTime) => _state = _state with
    {
        ProgressPercent = outcome.ProgressPercent ?? _state.ProgressPercent,
        Attempt = (_state.Attempt ?? 0) + 1,
        NextTime = ConditionSet.Truncate(nextTime),
        Reason = outcome.Reason ?? Reasons.CommandFailed,
        Message = BoundedText.Cut(outcome.Message, 1024),
    };
}
