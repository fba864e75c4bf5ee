using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Services;

/// <summary>A standalone machine, declared: prepared, shut down, woken, and left alone when it has another image.</summary>
/// <param name="bed">The bed.</param>
public sealed class LabMachineTests(TestBed bed)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_lab_machine_is_prepared_shut_down_rests_and_is_woken()
    {
        await using var lab = await bed.NewLabAsync("pc");
        await using var machine = new LabMachine();
        await machine.PrepareAsync();
        await LabRoom.ApplyAsync(lab, machine);

        var node = await lab.UntilReadyAsync("pc-01", Limit);
        Assert.Equal("lab-2027", node.Status!.CurrentImage);
        Assert.Contains("lab-2027@1", await File.ReadAllTextAsync(machine.PathOf("/root/currentimage.txt"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await lab.ChangeAsync("pc-01", """{"powerState":"PoweredOff"}""");
        node = await lab.UntilReadyAsync("pc-01", Limit);
        Assert.Equal(Reasons.PoweredOff, node.Condition("Ready")!.Reason);
        Assert.Contains("as far as that can be told", node.Condition("Ready")!.Message, StringComparison.Ordinal);
        Assert.Equal("True", node.Condition("ImageMatched")!.Status.ToString());
        Assert.False(machine.IsOn);
        TestContext.Current.TestOutputHelper!.WriteLine(await lab.DescribeAsync("pc-01"));

        await lab.ChangeAsync("pc-01", """{"powerState":"PoweredOn"}""");
        await lab.UntilAsync("pc-01", "Ready and on", found => found.IsReady() && found.Status!.Power == Api.Machines.PowerValue.On, Limit);
        Assert.Equal((1, 2), (machine.Asked.Count, machine.Boots));
        await lab.ChangeAsync("pc-01", """{"imageRef":{"name":"lab-2028"}}""");
        node = await lab.UntilAsync("pc-01", "Stalled with another image", found => found.IsStalled(Reasons.ImageDiffers), Limit);
        Assert.Contains("never imaged", node.Condition("Stalled")!.Message, StringComparison.Ordinal);
    }

    /// <summary>The first one is quiet for longer than an operation may be without progress, which is no standstill.</summary>
    [Fact]
    public async Task Hooks_from_ConfigMaps_run_once_on_the_machine_however_quiet_and_report_what_they_said()
    {
        await using var lab = await bed.NewLabAsync("hooked");
        await using var machine = new LabMachine();
        await machine.PrepareAsync();
        await LabRoom.ApplyAsync(lab, machine, [
            new() { Name = "site", Stage = HookStage.PostLoad, ConfigMapRef = new() { Name = "hooks" }, Key = "site.sh" },
            new() { Name = "optional", Stage = HookStage.PostLoad, ConfigMapRef = new() { Name = "hooks" }, Key = "optional.sh", FailurePolicy = HookFailurePolicy.Continue },
        ], noProgressSeconds: 15);
        var node = await lab.UntilAsync("pc-01", "Stalled without its ConfigMap", found => found.IsStalled(Reasons.HookInvalid), Limit);
        Assert.Contains("create configmap hooks --from-file=site.sh", node.Condition("Stalled")!.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(machine.PathOf("/root/currentimage.txt")));

        await lab.Kubectl.RunAsync("create", "configmap", "hooks",
            "--from-literal=site.sh=sleep 18; echo \"site of $PROVISIONING_HOOK\"; echo ran >>/root/hook-runs", "--from-literal=optional.sh=echo no license >&2; exit 7");
        node = await lab.UntilReadyAsync("pc-01", Limit);
        Assert.Equal("ran\n", await File.ReadAllTextAsync(machine.PathOf("/root/hook-runs"), TestContext.Current.CancellationToken));
        Assert.Equal([OperationPhase.Succeeded], node.Status!.History.Select(entry => entry.Phase));
        var reports = node.Status.History.SelectMany(entry => entry.Hooks ?? []).ToDictionary(report => report.Name);
        Assert.Equal((StepResult.Changed, 0, "site of site"), (reports["hook-site"].Result, reports["hook-site"].ExitCode, reports["hook-site"].Output?.Trim()));
        Assert.Equal((StepResult.Failed, 7, "no license"), (reports["hook-optional"].Result, reports["hook-optional"].ExitCode, reports["hook-optional"].Output?.Trim()));
    }
}
