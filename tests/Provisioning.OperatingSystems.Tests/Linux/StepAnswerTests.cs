using FsCheck.Xunit;
using Provisioning.Api;
using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Steps;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Linux;

public sealed class StepAnswerTests
{
    private const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINpdxJyhOAar3PB1schhpSG/nLcWO5oWvD8TdwLto6mB";

    [Theory]
    [InlineData("", 0)]
    [InlineData("all well\n", 0)]
    [InlineData("provisioning-step: changed\nmore\n", 0)]
    [InlineData("provisioning-step: splendid\n", 0)]
    [InlineData("provisioning-step: changed\n", 1)]
    [InlineData("sh: not found\n", 127)]
    public void What_is_not_the_clear_word_of_the_script_is_a_failure(string output, int code) => Assert.Equal(StepState.Failed, Parse(output, code).State);

    [Fact]
    public void Output_that_was_cut_is_a_failure() => Assert.Equal(StepState.Failed, StepAnswer.Parse(new(0, "provisioning-step: changed\n", "", OutputTruncated: true)).State);

    [Fact]
    public void A_message_is_one_bounded_line_without_control_characters()
    {
        var answer = Parse($"a\u001b[31m\u202eb\n{new string('x', 10_000)}\n\nprovisioning-step: failed\n", 0);

        Assert.StartsWith("a [31m b x", answer.Message, StringComparison.Ordinal);
        Assert.True(answer.Message!.Length <= StepAnswer.MaximumMessage);
    }

    [Fact]
    public void Keys_are_told_apart_from_words()
    {
        var answer = Parse($"host-key {Key}\nhost-key ssh-ed25519 AAAA\nhost-key rubbish\nhello\n\nprovisioning-step: unchanged\n", 0);

        Assert.Equal([Key], answer.HostKeys);
        Assert.Equal("hello", answer.Message);
    }

    [Fact]
    public void A_new_key_of_no_known_kind_fails_the_step() => Assert.Equal(StepState.Failed, Parse("new-host-key ssh-dss AAAA\n\nprovisioning-step: changed\n", 0).State);

    [Theory]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINpdxJyhOAar3PB1schhpSG/nLcWO5oWvD8TdwLto6mB\n")]
    [InlineData("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAINpdxJyhOAar3PB1schhpSG/nLcWO5oWvD8TdwLto6mB")]
    [InlineData("ssh-ed25519 A")]
    [InlineData("")]
    public void Keys_that_are_none_are_refused(string key) => Assert.False(PublicKeys.IsValid(key));

    [Property]
    public bool Garbage_never_throws(string? output, string? error, int code, bool truncated)
    {
        var result = new SshResult(code, output ?? "", error ?? "", truncated);
        return StepAnswer.Parse(result).State == StepState.Failed && MachineAnswer.Parse(result).Facts.Image.Reason == Reasons.UnexpectedAnswer;
    }

    [Fact]
    public void An_observation_that_lacks_the_file_is_unknown_not_none()
    {
        var answer = MachineAnswer.Parse(new(0, "boot-id 11111111-2222-3333-4444-555555555555\n\nprovisioning-step: unchanged\n", "", OutputTruncated: false));

        Assert.Equal(Reasons.UnexpectedAnswer, answer.Facts.Image.Reason);
        Assert.Equal("11111111-2222-3333-4444-555555555555", answer.BootId);
    }

    private static StepAnswer Parse(string output, int code) => StepAnswer.Parse(new(code, output, "", OutputTruncated: false));
}
