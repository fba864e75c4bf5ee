using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Services;

namespace Provisioning.EndToEnd.Faults;

/// <summary>The network between the operator and a Lab machine is cut, and slow, while the machine is being prepared. The machine's own files say what was done on it.</summary>
/// <param name="bed">The bed.</param>
[Collection(FaultTests.Name)]
public sealed class LabNetworkTests(TestBed bed)
{
    private const string HookRuns = "/root/hook-runs";

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_preparation_goes_on_through_a_cut_and_runs_its_hook_once()
    {
        await using var network = new NetworkNamespace();
        await network.StartAsync();
        await using var lab = await bed.NewLabAsync("lab-cut");
        await using var machine = await BeginAsync(lab, network, "echo begun >>/root/hook-runs; sleep 4; echo ended >>/root/hook-runs");
        await lab.UntilAsync("the hook runs on the machine", () => Task.FromResult(RunsOf(machine).Length > 0));

        _report.Injected(Fault.LabNetworkCut);
        await network.CutAsync();
        // The hook ends meanwhile, and nobody hears of it.
        await lab.UntilAsync("the hook has ended on the machine", () => Task.FromResult(RunsOf(machine).Length > 1));
        // Longer than any command is waited for, so that the one that was on its way is given up too.
        var waiting = await lab.UntilAsync("pc-01", "waiting for the machine", found => found.Status?.Operation?.Message?.Contains("is silent", StringComparison.Ordinal) == true, TimeSpan.FromMinutes(4));
        Assert.Equal(OperationKind.Load, waiting.Status!.Operation!.Kind);
        await network.MendAsync();

        await AssertPreparedOnceAsync(lab, machine, waiting.Status.Operation.Id);
        _report.Survived();
    }

    [Fact]
    public async Task A_preparation_goes_on_over_a_slow_line()
    {
        await using var network = new NetworkNamespace();
        await network.StartAsync();
        _report.Injected(Fault.LabNetworkDelayed);
        TestContext.Current.TestOutputHelper!.WriteLine(await network.SlowDownAsync(kilobits: 300));
        await using var lab = await bed.NewLabAsync("lab-slow");
        await using var machine = await BeginAsync(lab, network, "echo begun >>/root/hook-runs; echo ended >>/root/hook-runs");

        await AssertPreparedOnceAsync(lab, machine, null);
        _report.Survived();
    }

    private static async Task<LabMachine> BeginAsync(Lab lab, NetworkNamespace network, string hook)
    {
        var machine = new LabMachine { Address = network.Address, NetworkNamespace = network.Name };
        await machine.PrepareAsync();
        await lab.Kubectl.RunAsync("create", "configmap", "hooks", $"--from-literal=site.sh={hook}");
        await LabRoom.ApplyAsync(lab, machine, [new() { Name = "site", Stage = HookStage.PostLoad, ConfigMapRef = new() { Name = "hooks" }, Key = "site.sh" }]);
        return machine;
    }

    private static async Task AssertPreparedOnceAsync(Lab lab, LabMachine machine, string? operation)
    {
        var node = await lab.UntilReadyAsync("pc-01", TimeSpan.FromMinutes(4));
        var load = Assert.Single(node.Succeeded(OperationKind.Load));
        Assert.Equal((1, operation ?? load.Id), (node.Status!.OperationSequence, load.Id));
        Assert.Equal(["begun", "ended"], RunsOf(machine));
        Assert.Single(await File.ReadAllLinesAsync(machine.PathOf("/root/currentimage.txt"), TestContext.Current.CancellationToken), line => line == "imagerevision_id=lab-2027@1");
        Assert.Equal((1, 0), (machine.Boots, machine.Asked.Count));
    }

    private static string[] RunsOf(LabMachine machine) => File.Exists(machine.PathOf(HookRuns)) ? File.ReadAllLines(machine.PathOf(HookRuns)) : [];
}
