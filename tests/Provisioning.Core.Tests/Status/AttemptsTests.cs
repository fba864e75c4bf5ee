using Provisioning.Api.Meta;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;

namespace Provisioning.Core.Tests.Status;

public sealed class AttemptsTests
{
    private static readonly DateTimeOffset Now = Situations.Now;

    [Fact]
    public void Failures_are_counted_and_followed_by_ever_longer_waits_up_to_the_longest()
    {
        AttemptStatus? last = null;
        List<TimeSpan> waits = [];
        for (var now = Now; waits.Count < 10; now = last.NextTime)
        {
            last = Attempts.Next(last, now, random: 0);
            waits.Add(last.NextTime - now);
        }

        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 600, 600, 600], waits.Select(wait => wait.TotalSeconds));
        Assert.Equal(10, last!.Attempt);
    }

    [Fact]
    public void An_attempt_before_its_time_changes_nothing_to_be_written()
    {
        var first = Attempts.Next(null, Now, 0);

        Assert.Same(first, Attempts.Next(first, first.NextTime.AddSeconds(-1), 0));
        Assert.Equal(2, Attempts.Next(first, first.NextTime, 0).Attempt);
    }

    [Fact]
    public void The_longest_wait_can_be_shorter() =>
        Assert.Equal(Now.AddMinutes(1), Attempts.Next(new() { Attempt = 20, NextTime = Now }, Now, 0, longest: TimeSpan.FromMinutes(1)).NextTime);

    [Fact]
    public void A_time_that_a_wrong_clock_wrote_is_not_waited_for()
    {
        var next = Attempts.Next(new() { Attempt = 3, NextTime = Now + Backoff.Longest + TimeSpan.FromHours(1) }, Now, 0);

        Assert.Equal((4, Now.AddSeconds(40)), (next.Attempt, next.NextTime));
    }
}
