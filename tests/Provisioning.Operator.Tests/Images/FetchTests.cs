using Provisioning.Api;
using Provisioning.Engines.Operations;
using Provisioning.Operator.Images;

namespace Provisioning.Operator.Tests.Images;

public sealed class FetchTests
{
    private static readonly DateTimeOffset Next = DateTimeOffset.UnixEpoch.AddMinutes(5);

    private readonly Fetch _fetch = new(new CopyToFetch("room", "other"), "sha256:1");

    [Fact]
    public void Attempts_that_fail_are_counted_and_say_when_the_next_one_is_due()
    {
        _fetch.Fails(OperationOutcome.Failed(Reasons.DiskFull, "No space."), Next);
        _fetch.Fails(OperationOutcome.Failed(Reasons.DiskFull, "No space."), Next.AddMilliseconds(60_500));
        Assert.Equal((2, Next.AddMinutes(1), Reasons.DiskFull), (_fetch.State.Attempt, _fetch.State.NextTime, _fetch.State.Reason));
    }

    [Fact]
    public void Once_bytes_arrive_again_nothing_of_the_failures_is_left()
    {
        _fetch.Fails(OperationOutcome.Failed(Reasons.DiskFull, "No space."), Next);
        Assert.True(_fetch.Moves(OperationOutcome.Running("Fetch", "fetching"), progressStep: 5));
        Assert.Equal((null, null, Reasons.ImageFetching), (_fetch.State.Attempt, _fetch.State.NextTime, _fetch.State.Reason));
    }

    [Fact]
    public void Small_progress_is_not_worth_a_write()
    {
        _fetch.Moves(OperationOutcome.Running("Fetch", "fetching") with { ProgressPercent = 10 }, progressStep: 5);
        Assert.False(_fetch.Moves(OperationOutcome.Running("Fetch", "fetching") with { ProgressPercent = 14 }, progressStep: 5));
        Assert.True(_fetch.Moves(OperationOutcome.Running("Fetch", "fetching") with { ProgressPercent = 15 }, progressStep: 5));
    }
}
