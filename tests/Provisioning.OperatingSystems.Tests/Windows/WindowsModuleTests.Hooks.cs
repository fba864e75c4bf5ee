using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems.Windows;

namespace Provisioning.OperatingSystems.Tests.Windows;

public sealed partial class WindowsModuleTests
{
    [Fact]
    public async Task Hooks_run_once_and_their_end_is_told()
    {
        await using var windows = Golden();
        windows.Write("\uFEFFecho first >>" + windows.PathOf("ran"), "ProgramData", "provisioning", "hooks", "pre-capture.d", "10-first.ps1");
        windows.Write("\uFEFFecho no >>" + windows.PathOf("ran"), "ProgramData", "provisioning", "hooks", "pre-capture.d", "20-no-hook.txt");
        var identity = Identities.Capture with
        {
            Hooks =
            [
                Hook("mine", $"echo \"$PROVISIONING_HOOK $PROVISIONING_NODE\" >>{windows.PathOf("ran")}; echo 'host-key ssh-ed25519 EVIL'; echo oops >&2; exit 3", HookFailurePolicy.Continue),
                Hook("later", "exit 0") with { Stage = HookStage.PostLoad },
            ],
        };

        var outcome = await UntilDoneAsync(() => Module.PrepareCaptureAsync(windows, identity, TestContext.Current.CancellationToken));
        await UntilDoneAsync(() => Module.PrepareCaptureAsync(windows, identity, TestContext.Current.CancellationToken));

        Assert.True(outcome.Complete, outcome.Message);
        Assert.Equal("first\nmine node-1\n", File.ReadAllText(windows.PathOf("ran")));
        var report = outcome.Steps.Single(step => step.Name == "hook-mine");
        Assert.Equal((StepResult.Failed, 3, "host-key ssh-ed25519 EVIL\noops"), (report.Result, report.ExitCode, report.Output));
        Assert.DoesNotContain(outcome.HostKeys!, key => key.Contains("EVIL", StringComparison.Ordinal));
        Assert.DoesNotContain(outcome.Steps, step => step.Name == "hook-later");
    }

    [Fact]
    public async Task A_hook_that_takes_too_long_is_ended_and_has_failed()
    {
        await using var windows = Golden();
        var identity = Identities.Capture with { Hooks = [Hook("slow", "echo begun; exec sleep 100") with { Timeout = TimeSpan.FromSeconds(4) }] };

        var outcome = await UntilDoneAsync(() => Module.PrepareCaptureAsync(windows, identity, TestContext.Current.CancellationToken));

        Assert.Equal("hook-slow", outcome.FailedStep);
        Assert.Contains("did not end within 4 s. It said: begun", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_never_began_is_told_as_ended_without_a_result()
    {
        await using var windows = Golden();
        windows.LosesJobs = true;

        var outcome = await Module.PrepareCaptureAsync(windows, Identities.Capture with { Hooks = [Hook("lost", "exit 0")] }, TestContext.Current.CancellationToken);

        Assert.Equal("hook-lost", outcome.FailedStep);
        Assert.Contains("ended without a result", outcome.Message, StringComparison.Ordinal);
    }

    private static HookTarget Hook(string name, string script, HookFailurePolicy policy = HookFailurePolicy.Fail) =>
        new() { Name = name, Stage = HookStage.PreCapture, Script = script, Timeout = TimeSpan.FromMinutes(1), FailurePolicy = policy };
}
