using Provisioning.Ssh.Jobs;

namespace Provisioning.Ssh.Tests.Jobs;

public sealed class JobReportParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("state=exited\ncode=0\n")]
    [InlineData("state=exited\ncode=-1\nlog=\n\nend-of-report\n")]
    [InlineData("state=exited\ncode=\nlog=\n\nend-of-report\n")]
    [InlineData("state=done\ncode=0\nlog=\n\nend-of-report\n")]
    [InlineData("motd: welcome")]
    public void An_answer_that_is_none_tells_nothing(string output) =>
        Assert.Equal(JobState.Unreadable, JobReportParser.Parse(new(0, output, "", OutputTruncated: false)).State);
}
