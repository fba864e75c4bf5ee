using FsCheck.Xunit;
using Provisioning.Engines.XCat.Power;

namespace Provisioning.Engines.XCat.Tests.Power;

public sealed class PowerRetryTests
{
    [Fact]
    public void Three_errors_are_tried_again_and_the_fourth_ends_it()
    {
        var tries = PowerTries.None;
        for (var attempt = 1; attempt <= PowerRetry.MostErrors; attempt++)
        {
            var retry = PowerRetry.Judge(tries, "Invalid session", 0.5);
            Assert.NotNull(retry.After);
            Assert.Equal(attempt == 1, PowerRetry.RefreshesInventory(retry.Tries));
            tries = retry.Tries;
        }

        Assert.Null(PowerRetry.Judge(tries, "Invalid session", 0.5).After);
    }

    [Fact]
    public void Timeouts_are_counted_apart_and_end_with_advice()
    {
        var tries = new PowerTries(2, 0, Refreshed: true);
        for (var attempt = 1; attempt < PowerRetry.MostTimeouts; attempt++)
        {
            tries = PowerRetry.Judge(tries, "ERROR: timeout", 0).Tries;
            Assert.Equal((2, attempt), (tries.Errors, tries.Timeouts));
        }

        var last = PowerRetry.Judge(tries, "ERROR: timeout", 0);
        Assert.Null(last.After);
        Assert.Contains("BMC", last.GaveUp, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unsupported command: rpower reset when using mgt=x.")]
    [InlineData("Invalid nodes and/or groups in noderange: n")]
    public void What_no_repetition_mends_is_not_repeated(string error) => Assert.Null(PowerRetry.Judge(PowerTries.None, error, 0).After);

    [Property]
    public bool The_pause_is_random_and_bounded_by_the_attempt(byte errors, byte timeouts, byte chance)
    {
        var tries = new PowerTries(errors % 3, timeouts % 4, Refreshed: true);
        var after = PowerRetry.Judge(tries, "Invalid session", chance / 256.0).After;
        return after is null || (after >= TimeSpan.FromSeconds(1) && after <= TimeSpan.FromSeconds(2 * tries.Attempt));
    }

    [Property]
    public bool Tries_are_read_as_they_were_written(byte errors, byte timeouts, bool refreshed) =>
        PowerTries.Parse(new PowerTries(errors, timeouts, refreshed).ToString()) == new PowerTries(errors, timeouts, refreshed);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1,2")]
    [InlineData("-1,0,1")]
    [InlineData("1,0,2")]
    public void Anything_else_is_no_try(string? text) => Assert.Equal(PowerTries.None, PowerTries.Parse(text));
}
