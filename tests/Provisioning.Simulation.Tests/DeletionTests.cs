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
    [InlineData("login-in-mid-load", Grace, Grace + Slack)]
    [InlineData("endpoint-in-mid-load", Grace, Grace + Slack)]
    [InlineData("answers-in-mid-load", Grace, Grace + Hanging + Slack)]
    [InlineData("endpoint", Grace, Grace + Slack)]
    [InlineData("answers", Grace, Grace + Hanging + Slack)]
    public async Task It_ends_in_time(string gone, int atLeast, int atMost)
    {
        var (_, output) = await RunAsync("deletion", gone);
        TestContext.Current.TestOutputHelper!.WriteLine(output);

        Assert.Equal("none", Figure(output, "violation"));
        Assert.InRange(int.Parse(Figure(output, "seconds"), CultureInfo.InvariantCulture), atLeast, atMost);
        Assert.Matches(@"(?m)^status: .* The deletion is tried until 2030-01-01 \d\d:\d\d:\d\dZ\. Then the Node goes, and what is not done stays: the machine as it is, not unloaded", output);
        Assert.Single(output.Split('\n'), line => line.StartsWith("event ", StringComparison.Ordinal) && line.Contains("The deletion is tried until", StringComparison.Ordinal));
        AssertLeftBehind(output, "the machine as it is, not unloaded");
    }

    /// <summary>Nothing can come back by waiting, so nothing is waited for; but what stays is told.</summary>
    [Theory]
    [InlineData("login", "the machine as it is, not unloaded", "The Provisioner p1 cannot log in: The Secret host-login does not exist.")]
    [InlineData("provisioner", "the machine as it is, not unloaded", "its Provisioner does not exist.")]
    [InlineData("provisioner-in-mid-load", "the machine as it is, not unloaded; the operation Load ", "its Provisioner does not exist.")]
    [InlineData("everything", "the machine as it is, not unloaded", "its Provisioner does not exist.")]
    [InlineData("everything-in-mid-load", "the machine as it is, not unloaded; the operation Load ", "its Provisioner does not exist.")]
    public async Task It_ends_at_once_and_says_what_stays(string gone, string left, string why)
    {
        var output = await EndsAtOnceAsync(gone);

        Assert.Contains($" Why: {why}", AssertLeftBehind(output, left), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_leaves_nothing_behind_where_nothing_is_gone() => Assert.DoesNotContain("LeftBehind", await EndsAtOnceAsync("nothing"), StringComparison.Ordinal);

    private static async Task<string> EndsAtOnceAsync(string gone)
    {
        var (_, output) = await RunAsync("deletion", gone);
        TestContext.Current.TestOutputHelper!.WriteLine(output);
        Assert.Equal("none", Figure(output, "violation"));
        Assert.InRange(int.Parse(Figure(output, "seconds"), CultureInfo.InvariantCulture), 0, 60);
        return output;
    }

    /// <summary>Of the Node; a Provisioner that goes tells of itself what stays.</summary>
    private static string AssertLeftBehind(string output, string left) =>
        Assert.Single(output.Split('\n'), line => line.StartsWith($"event LeftBehind: Left behind: {left}", StringComparison.Ordinal));

    [Fact]
    public void The_page_names_the_bound()
    {
        var page = SourceTree.Read("docs/troubleshooting/Deleting.md");

        Assert.Contains("15 minutes after the deletion", page, StringComparison.Ordinal);
        Assert.Contains("up to 4 minutes later", page, StringComparison.Ordinal);
    }
}
