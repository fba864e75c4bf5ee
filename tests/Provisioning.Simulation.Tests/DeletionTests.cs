using System.Globalization;
using static Provisioning.Simulation.Tests.Simulation;

namespace Provisioning.Simulation.Tests;

/// <summary>A Node goes in bounded time, whatever is gone for good, and says beforehand until when it waits and what will stay. The page of troubleshooting names the bound.</summary>
public sealed class DeletionTests
{
    /// <summary>What is written on the page: 15 minutes, and four more where calls hang (one that is under way then, and the last one, of two minutes each).</summary>
    private const int Grace = 15 * 60;

    private const int Hanging = 4 * 60;

    // The queue's own pauses, and the way to the API server.
    private const int Slack = 5;

    [Theory]
    [InlineData("nothing", 0, 60)]
    [InlineData("login-in-mid-load", Grace, Grace + Slack)]
    [InlineData("endpoint-in-mid-load", Grace, Grace + Slack)]
    [InlineData("answers-in-mid-load", Grace, Grace + Hanging + Slack)]
    [InlineData("login", 0, 60)]
    [InlineData("endpoint", Grace, Grace + Slack)]
    [InlineData("answers", Grace, Grace + Hanging + Slack)]
    public async Task It_ends_in_time(string gone, int atLeast, int atMost)
    {
        var (_, output) = await RunAsync("deletion", gone);
        TestContext.Current.TestOutputHelper!.WriteLine(output);

        Assert.Equal("none", Figure(output, "violation"));
        Assert.InRange(int.Parse(Figure(output, "seconds"), CultureInfo.InvariantCulture), atLeast, atMost);
        if (atLeast == 0)
            return;
        Assert.Matches(@"(?m)^status: .* The deletion is tried until 2030-01-01 \d\d:\d\d:\d\dZ\. Then the Node goes, and what is not done stays: the machine as it is, not unloaded", output);
        Assert.Single(output.Split('\n'), line => line.StartsWith("event ", StringComparison.Ordinal) && line.Contains("The deletion is tried until", StringComparison.Ordinal));
        Assert.Single(output.Split('\n'), line => line.StartsWith("event LeftBehind: Left behind: the machine as it is, not unloaded", StringComparison.Ordinal));
    }

    [Fact]
    public void The_page_names_the_bound()
    {
        var page = SourceTree.Read("docs/troubleshooting/Deleting.md");

        Assert.Contains("15 minutes after the deletion", page, StringComparison.Ordinal);
        Assert.Contains("up to 4 minutes later", page, StringComparison.Ordinal);
    }
}
