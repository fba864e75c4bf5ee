using FsCheck.Xunit;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Libvirt.Hosts;
using Provisioning.Engines.Libvirt.Machines;
using Provisioning.Ssh;

namespace Provisioning.Engines.Libvirt.Tests.Hosts;

public sealed class HostReadingTests
{
    private const string Mark = "section-x";

    private static readonly Machine Machine = new(new LibvirtSpec { Installation = "test" }, new() { Namespace = "lab", Name = "n", Uid = "u", Spec = new() });

    [Fact]
    public void Nothing_there_is_certain_when_virsh_lists_others()
    {
        var reading = Parse($"{Mark} list 0\n11111111-2222-3333-4444-555555555555 a name with spaces\n{Mark} record 44\n\n{Mark} end 0\n");

        Assert.Null(reading.Problem);
        Assert.Null(reading.Domain);
        Assert.False(reading.Running);
    }

    [Theory]
    [InlineData("")]
    [InlineData("section-x list 0\n\nsection-x record 44\n\n")]
    [InlineData("section-x list 1\n\nsection-x record 44\n\nsection-x end 0\n")]
    [InlineData("section-x list 0\nnonsense\nsection-x record 44\n\nsection-x end 0\n")]
    [InlineData("section-x list 0\n\nsection-x end 0\n")]
    [InlineData("section-x list 0\n\nsection-x record 0\n{\"disk\":\"/etc/passwd\"}\nsection-x end 0\n")]
    public void An_answer_that_lacks_something_is_a_problem(string output) => Assert.NotNull(Parse(output).Problem);

    [Theory]
    [InlineData("")]
    [InlineData("no state")]
    [InlineData("RUNNING")]
    [InlineData("error: failed to get domain")]
    public void An_unknown_state_is_a_problem(string state) =>
        Assert.NotNull(Parse($"{Mark} list 0\n{Machine.Uuid} x\n{Mark} state 0\n{state}\n{Mark} xml 0\n<domain><uuid>{Machine.Uuid}</uuid></domain>\n{Mark} record 44\n\n{Mark} end 0\n").Problem);

    [Fact]
    public void The_definition_of_another_domain_is_a_problem() =>
        Assert.NotNull(Parse($"{Mark} list 0\n{Machine.Uuid} x\n{Mark} state 0\nrunning\n{Mark} xml 0\n<domain><uuid>11111111-2222-3333-4444-555555555555</uuid></domain>\n{Mark} record 44\n\n{Mark} end 0\n").Problem);

    [Property]
    public void Garbage_is_always_a_problem(string? garbage) => Assert.NotNull(Parse(garbage ?? "").Problem);

    [Property]
    public void Content_cannot_pose_as_a_section(string? content)
    {
        var hostile = $"{content}\nlist 0\nsection-y state 0\nrunning\n".Replace(Mark, "", StringComparison.Ordinal);

        Assert.Null(HostReading.Parse(new(0, $"{Mark} list 0\n\n{Mark} record 44\n{hostile}\n{Mark} end 0\n", "", OutputTruncated: false), Mark, Machine).State);
    }

    private static HostReading Parse(string output) => HostReading.Parse(new SshResult(0, output, "", OutputTruncated: false), Mark, Machine);
}
