using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Linux;

public sealed class LinuxModuleTests
{
    private const string Made = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINpdxJyhOAar3PB1schhpSG/nLcWO5oWvD8TdwLto6mB";

    [Fact]
    public async Task New_host_keys_are_announced_before_they_are_put_in_place()
    {
        var session = new ScriptedSession(command => Is(command, "host-keys-make") ? Say($"new-host-key {Made}\n\nprovisioning-step: changed") : Say("provisioning-step: unchanged"));

        var outcome = await Module.PostLoadAsync(session, Identities.Load, TestContext.Current.CancellationToken);

        Assert.False(outcome.Complete);
        Assert.Null(outcome.FailedStep);
        Assert.Equal(["ssh-ed25519 SHOWN", Made], outcome.HostKeys);
        Assert.DoesNotContain(session.Commands, command => Is(command, "host-keys-use"));
    }

    [Fact]
    public async Task Keys_that_are_recorded_are_put_in_place_and_told_even_if_a_later_step_fails()
    {
        var session = new ScriptedSession(command => true switch
        {
            _ when Is(command, "host-keys-make") => Say($"new-host-key {Made}\n\nprovisioning-step: unchanged"),
            _ when Is(command, "host-keys-use") => Say($"host-key {Made}\n\nprovisioning-step: changed"),
            _ when Is(command, "hooks") => Say("The hook x ended with code 1.\n\nprovisioning-step: failed"),
            _ => Say("provisioning-step: unchanged"),
        });

        var outcome = await Module.PostLoadAsync(session, Identities.Load with { RecordedHostKeys = [Made] }, TestContext.Current.CancellationToken);

        Assert.Equal(("hooks", false), (outcome.FailedStep, outcome.Complete));
        Assert.Equal("The step hooks failed: The hook x ended with code 1.", outcome.Message);
        Assert.Equal([Made], outcome.HostKeys);
        Assert.Equal(StepResult.Failed, outcome.Steps[^1].Result);
    }

    [Fact]
    public async Task Pinned_host_keys_are_left_alone()
    {
        var session = new ScriptedSession(_ => Say("provisioning-step: unchanged"));

        var outcome = await Module.PostLoadAsync(session, Identities.Load with { KeepHostKeys = true }, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(session.Commands, command => Is(command, "host-keys-make") || Is(command, "host-keys-use"));
        Assert.Equal(2, outcome.Steps.Count(step => step.Result == StepResult.Skipped));
    }

    [Fact]
    public async Task A_step_that_is_not_fatal_fails_in_the_report_alone()
    {
        var session = new ScriptedSession(command => Is(command, "temporary-files") ? Say("no\n\nprovisioning-step: failed") : Say("provisioning-step: unchanged"));

        var outcome = await Module.PrepareCaptureAsync(session, Identities.Capture, TestContext.Current.CancellationToken);

        Assert.Contains(outcome.Steps, step => step is { Name: "temporary-files", Result: StepResult.Failed, Message: "no" });
        Assert.Contains(outcome.Steps, step => step.Name == "histories");
    }

    [Fact]
    public async Task A_step_that_takes_too_long_on_a_machine_that_answers_has_failed()
    {
        var session = new ScriptedSession(command => command == "true" ? Say("") : throw new SshFailureException(SshFailureKind.TimedOut, "slow"));

        var outcome = await Module.PrepareCaptureAsync(session, Identities.Capture, TestContext.Current.CancellationToken);

        Assert.Equal("privileges", outcome.FailedStep);
        Assert.Contains("did not end within 30 s", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_step_that_takes_too_long_on_a_machine_that_does_not_answer_any_more_is_no_answer()
    {
        var session = new ScriptedSession(_ => throw new SshFailureException(SshFailureKind.TimedOut, "the network was cut"));

        await Assert.ThrowsAsync<SshFailureException>(() => Module.PostLoadAsync(session, Identities.Load, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_broken_connection_is_no_answer()
    {
        var session = new ScriptedSession(_ => throw new SshFailureException(SshFailureKind.ConnectionLost, "gone"));

        await Assert.ThrowsAsync<SshFailureException>(() => Module.PrepareCaptureAsync(session, Identities.Capture, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<SshFailureException>(() => Module.ObserveAsync(session, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_machine_that_answers_nonsense_is_unknown()
    {
        var reading = await Module.ObserveAsync(new ScriptedSession(_ => Say("login disabled")), TestContext.Current.CancellationToken);

        Assert.Equal((FactValue.Unknown, Reasons.UnexpectedAnswer), (reading.CurrentImage.Found, reading.CurrentImage.Reason));
        Assert.True(reading.Tainted.IsUnknown);
    }

    [Theory]
    [InlineData("../../etc", "load-1", "host")]
    [InlineData("load-1", "a/b", "host")]
    [InlineData("load-1", "load-1", "host;reboot")]
    [InlineData("load-1", "load-1", "host\n")]
    public async Task Values_that_could_become_paths_or_syntax_are_refused(string operation, string load, string hostname)
    {
        var session = new ScriptedSession(_ => Say("provisioning-step: unchanged"));
        var identity = Identities.Load with { OperationId = operation, LoadOperationId = load, Hostname = hostname };

        await Assert.ThrowsAsync<ArgumentException>(() => Module.PostLoadAsync(session, identity, TestContext.Current.CancellationToken));
        Assert.Empty(session.Commands);
    }

    private static LinuxModule Module { get; } = new();

    private static bool Is(string command, string step)
    {
        var script = LinuxSteps.PostLoad.Concat(LinuxSteps.PreCapture).First(each => each.Name == step).Script;
        return command.StartsWith(ShellCommand.Of("sh", "-c", script).ToString(), StringComparison.Ordinal);
    }

    private static SshResult Say(string output) => new(0, output + "\n", "", OutputTruncated: false);
}
