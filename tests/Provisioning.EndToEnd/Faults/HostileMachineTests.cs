using System.Diagnostics;
using System.Globalization;
using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.BadInput;
using Provisioning.EndToEnd.Bed;
using Provisioning.EndToEnd.Services;

namespace Provisioning.EndToEnd.Faults;

/// <summary>Machines whose root means harm, behind a real sshd. They are believed nothing, cost nobody else anything, and nothing they say acts on the terminal of whoever looks.</summary>
/// <param name="bed">The bed.</param>
[Collection(FaultTests.Name)]
public sealed class HostileMachineTests(TestBed bed)
{
    // For printf: clears the screen, sets the title, an 8-bit control sequence, and what turns the reading direction.
    private const string Escapes = @"\033[2J\033]0;owned\007\302\23331m\342\200\256desrever\r\n";

    // The runtime's own garbage counts too, and whatever other tests have the operator do meanwhile.
    private const long MostMemoryMiB = 150;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly FaultReport _report = new();

    [Fact]
    public async Task A_machine_that_greets_and_prints_terminal_escapes_is_prepared_and_nothing_of_it_acts_on_a_terminal()
    {
        await using var lab = await bed.NewLabAsync("escapes");
        await using var machine = new LabMachine();
        await machine.PrepareAsync();
        _report.Injected(Fault.Greeted);
        _report.Injected(Fault.TerminalEscapes);
        await machine.ShellAsync($"printf 'x{Escapes}\\nimagerevision_id=x{Escapes}@1\\n' >/root/currentimage.txt");
        await lab.Kubectl.RunAsync("create", "configmap", "hooks", $"--from-literal=said.sh=printf 'said {Escapes}'", $"--from-literal=failed.sh=printf 'failed {Escapes}' >&2; exit 7");
        await LabRoom.ApplyAsync(lab, machine, [NewHook("said", HookFailurePolicy.Fail), NewHook("failed", HookFailurePolicy.Continue)]);
        await lab.UntilAsync("pc-01", "not loaded over a file that cannot be read", found => found.IsUnknown(Reasons.CurrentImageUnreadable), Limit);
        await Screens.AssertHarmlessAsync(lab);

        File.Delete(machine.PathOf("/root/currentimage.txt"));
        var node = await lab.UntilReadyAsync("pc-01", Limit);
        var reports = node.Status!.History.SelectMany(entry => entry.Hooks ?? []).ToDictionary(report => report.Name);
        Assert.Contains("said", reports["hook-said"].Output, StringComparison.Ordinal);
        Assert.Contains("desrever", reports["hook-failed"].Output, StringComparison.Ordinal);
        await Screens.AssertHarmlessAsync(lab);

        await machine.ShellAsync($"printf 'x{Escapes}\\nimagerevision_id=x{Escapes}@1\\n' >/root/currentimage.txt");
        await lab.UntilAsync("pc-01", "not Ready any more", found => found.IsUnknown(Reasons.CurrentImageUnreadable), Limit);
        await Screens.AssertHarmlessAsync(lab);
        _report.Survived();
    }

    [Fact]
    public async Task A_machine_that_takes_the_login_and_never_answers_is_unknown_holds_up_nobody_and_is_as_before_when_it_answers()
    {
        await using var lab = await bed.NewLabAsync("mute");
        await using var machine = await ReadyMachineAsync(lab);

        _report.Injected(Fault.NoAnswer);
        await machine.WelcomeAsync("exec sleep 1000");
        await AssertUnknownAsync(lab, machine, "let us in, but did not say");
        await AssertOthersAreServedAsync(lab);

        await machine.WelcomeAsync(":");
        await AssertAsBeforeAsync(lab, machine);
        _report.Survived();
    }

    [Fact]
    public async Task A_machine_that_answers_without_end_is_unknown_and_takes_no_memory()
    {
        await using var lab = await bed.NewLabAsync("flood");
        await using var machine = await ReadyMachineAsync(lab);
        var before = PeakMemoryMiB();

        _report.Injected(Fault.EndlessAnswer);
        await machine.WelcomeAsync("exec head -c 10G /dev/zero");
        await AssertUnknownAsync(lab, machine, "longer than it may be");
        await AssertOthersAreServedAsync(lab);
        var grown = PeakMemoryMiB() - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"the operator's resident memory was at most {before} MiB before, and {grown} MiB more while answers of 10 GB came");
        Assert.InRange(grown, 0, MostMemoryMiB);

        await machine.WelcomeAsync(":");
        await AssertAsBeforeAsync(lab, machine);
        _report.Survived();
    }

    private static async Task<LabMachine> ReadyMachineAsync(Lab lab)
    {
        var machine = new LabMachine();
        await machine.PrepareAsync();
        await LabRoom.ApplyAsync(lab, machine);
        await lab.UntilReadyAsync("pc-01", Limit);
        return machine;
    }

    private static async Task AssertUnknownAsync(Lab lab, LabMachine machine, string words)
    {
        var clock = Stopwatch.StartNew();
        var node = await lab.UntilAsync("pc-01", $"unknown, and told: {words}", found => found.Condition("Ready") is { Status: ConditionStatus.Unknown } ready && ready.Message.Contains(words, StringComparison.Ordinal), Limit);
        TestContext.Current.TestOutputHelper!.WriteLine($"unknown after {clock.Elapsed.TotalSeconds:0} s: {node.Condition("Ready")!.Reason}: {node.Condition("Ready")!.Message}");
        AssertNothingDone(machine, node);
    }

    private static async Task AssertOthersAreServedAsync(Lab lab)
    {
        await lab.Kubectl.ApplyAsync(SimulatedLab.NewSimulated());
        await lab.Kubectl.ApplyAsync(new Node
        {
            Metadata = new() { Name = "other" },
            Spec = new() { ProvisionerRef = new() { Name = SimulatedLab.Simulated }, PowerState = PowerState.PoweredOn, OperatingSystem = new() { Type = OperatingSystemType.None } },
        });
        await lab.UntilReadyAsync("other", Limit);
    }

    private static async Task AssertAsBeforeAsync(Lab lab, LabMachine machine)
    {
        AssertNothingDone(machine, await lab.UntilReadyAsync("pc-01", Limit));
        await Screens.AssertHarmlessAsync(lab);
    }

    private static void AssertNothingDone(LabMachine machine, Node node)
    {
        Assert.Equal((1, "lab-2027", (OperationStatus?)null), (node.Status!.OperationSequence, node.Status.CurrentImage, node.Status.Operation));
        Assert.Equal((1, 0), (machine.Boots, machine.Asked.Count));
    }

    private static HookSpec NewHook(string name, HookFailurePolicy policy) => new() { Name = name, Stage = HookStage.PostLoad, ConfigMapRef = new() { Name = "hooks" }, Key = $"{name}.sh", FailurePolicy = policy };

    /// <summary>By the kernel's account.</summary>
    private long PeakMemoryMiB()
    {
        var line = File.ReadLines($"/proc/{bed.Operator.ProcessId}/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
    }
}
