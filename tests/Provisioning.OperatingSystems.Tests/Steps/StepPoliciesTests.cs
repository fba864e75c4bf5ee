using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Steps;
using Provisioning.OperatingSystems.Tests.Linux;
using Provisioning.OperatingSystems.Windows;
using Provisioning.Ssh;

namespace Provisioning.OperatingSystems.Tests.Steps;

public sealed class StepPoliciesTests
{
    [Theory]
    [InlineData("hostname", null, StepFailurePolicy.Continue)]
    [InlineData("hostname", StepFailurePolicy.Fail, StepFailurePolicy.Fail)]
    [InlineData("hostname", StepFailurePolicy.Skip, StepFailurePolicy.Skip)]
    [InlineData("hooks", null, StepFailurePolicy.Fail)]
    [InlineData("hooks", StepFailurePolicy.Continue, StepFailurePolicy.Continue)]
    [InlineData("machine-id", StepFailurePolicy.Skip, StepFailurePolicy.Fail)]
    [InlineData("configured", StepFailurePolicy.Continue, StepFailurePolicy.Fail)]
    public void The_policy_of_the_Node_wins_but_for_the_steps_that_protect(string step, StepFailurePolicy? policy, StepFailurePolicy expected)
    {
        List<StepPolicySpec> policies = policy is { } given ? [new() { Name = step, FailurePolicy = given }] : [];

        Assert.Equal(expected, new StepPolicies(policies).Of(LinuxSteps.PostLoad.Single(each => each.Name == step)));
    }

    [Fact]
    public void Steps_that_protect_are_fatal_by_default() => Assert.All(
        LinuxSteps.PreCapture.Concat(LinuxSteps.PostLoad).Concat(WindowsSteps.PreCapture).Concat(WindowsSteps.PostLoad).Where(step => ProtectedSteps.Names.Contains(step.Name)),
        step => Assert.True(step.Fatal, step.Name));

    [Fact]
    public void Every_protected_step_is_one() => Assert.All(
        ProtectedSteps.Names, name => Assert.Contains(name, StepCatalogue.NamesOf(OperatingSystemType.Linux).Concat(StepCatalogue.NamesOf(OperatingSystemType.Windows))));

    [Fact]
    public void Names_of_steps_cannot_be_those_of_hooks() => Assert.All(
        StepCatalogue.NamesOf(OperatingSystemType.Linux).Concat(StepCatalogue.NamesOf(OperatingSystemType.Windows)), name => Assert.False(name.StartsWith("hook-", StringComparison.Ordinal), name));

    [Fact]
    public void An_unknown_name_is_told_with_those_that_there_are()
    {
        var problem = StepCatalogue.Check(new() { Type = OperatingSystemType.Linux, StepPolicies = [new() { Name = "hostname" }, new() { Name = "page-file" }] });

        Assert.StartsWith("spec.operatingSystem.stepPolicies names the step page-file, which Linux does not have. It has privileges, hooks, temporary-files, ", problem, StringComparison.Ordinal);
        Assert.Null(StepCatalogue.Check(new() { Type = OperatingSystemType.Windows, StepPolicies = [new() { Name = "page-file" }] }));
        Assert.Contains("has no steps", StepCatalogue.Check(new() { Type = OperatingSystemType.None, StepPolicies = [new() { Name = "hostname" }] }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_skipped_step_is_not_sent_and_a_step_made_fatal_ends_the_list()
    {
        var session = new ScriptedSession(command => Say(command.Contains("hosts >", StringComparison.Ordinal) ? "never" : command.Contains("random-seed", StringComparison.Ordinal) ? "provisioning-step: failed" : "provisioning-step: unchanged"));
        var identity = Identities.Capture with
        {
            StepPolicies = [new() { Name = "temporary-files", FailurePolicy = StepFailurePolicy.Skip }, new() { Name = "random-seed", FailurePolicy = StepFailurePolicy.Fail }],
        };

        var outcome = await new LinuxModule().PrepareCaptureAsync(session, identity, TestContext.Current.CancellationToken);

        Assert.Equal("random-seed", outcome.FailedStep);
        Assert.Equal(StepResult.Skipped, outcome.Steps.Single(step => step.Name == "temporary-files").Result);
        Assert.DoesNotContain(session.Commands, command => command.Contains("lost+found", StringComparison.Ordinal));
    }

    private static SshResult Say(string output) => new(0, output + "\n", "", OutputTruncated: false);
}
