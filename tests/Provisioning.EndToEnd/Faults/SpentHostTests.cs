using System.Diagnostics;
using System.Globalization;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.BadInput;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>A VM host that takes the login and is of no use after it: its Nodes are Unknown, nothing is done, others are served, and what was declared meanwhile is done once when it is back.</summary>
/// <param name="bare">The machine.</param>
[Collection(FaultTests.Name)]
public sealed class SpentHostTests(BareMachineFixture bare)
{
    // The runtime's own garbage counts too, and whatever other tests have the operator do meanwhile.
    private const long MostMemoryMiB = 150;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly FaultReport _report = new();

    [Fact]
    public Task A_host_that_never_answers() => AssertSurvivedAsync(Fault.NoAnswer, "sleep 1000", "did not end a command within");

    [Fact]
    public Task A_host_that_answers_without_end() => AssertSurvivedAsync(Fault.EndlessAnswer, "head -c 10G /dev/zero", "unexpected");

    private async Task AssertSurvivedAsync(string fault, string command, string words)
    {
        var machine = await bare.ReadyAsync();
        var lab = machine.Lab;
        var mark = lab.Host.Commands.Mark();
        var memory = PeakMemoryMiB();
        string token;
        await using (var way = new OtherWayIn(lab.Host, null, $"ForceCommand {command}"))
        {
            await way.StartAsync();
            _report.Injected(fault);
            await way.TakeAsync(machine);
            var clock = Stopwatch.StartNew();
            var unknown = await lab.UntilAsync(
                machine.Name, $"unknown, and told: {words}", found => found.Condition("Ready") is { Status: ConditionStatus.Unknown } ready && ready.Message.Contains(words, StringComparison.OrdinalIgnoreCase), Limit);
            TestContext.Current.TestOutputHelper!.WriteLine($"unknown after {clock.Elapsed.TotalSeconds:0} s: {unknown.Condition("Ready")!.Reason}: {unknown.Condition("Ready")!.Message}");

            token = await machine.ReloadAsync();
            await AssertOthersAreServedAsync(lab);
            var waiting = (await lab.Kubectl.NodeAsync(machine.Name))!;
            Assert.NotEqual(token, waiting.Status!.HandledReloadToken);
            Assert.DoesNotContain(lab.Host.Commands.Since(mark), found => found.HasEffect);
            var grown = PeakMemoryMiB() - memory;
            TestContext.Current.TestOutputHelper!.WriteLine($"the operator's resident memory was at most {memory} MiB before, and grew by {grown} MiB");
            Assert.InRange(grown, 0, MostMemoryMiB);
            await Screens.AssertHarmlessAsync(lab);
        }

        await machine.PrepareAsync();
        await machine.UntilLoadedOnceAsync(token, mark);
        _report.Survived();
    }

    private static async Task AssertOthersAreServedAsync(Lab lab)
    {
        var other = $"other-{Guid.NewGuid().ToString("N")[..6]}";
        await lab.Kubectl.ApplyAsync(SimulatedLab.NewSimulated());
        await lab.Kubectl.ApplyAsync(new Node
        {
            Metadata = new() { Name = other },
            Spec = new() { ProvisionerRef = new() { Name = SimulatedLab.Simulated }, PowerState = PowerState.PoweredOn, OperatingSystem = new() { Type = OperatingSystemType.None } },
        });
        await lab.UntilReadyAsync(other, Limit);
    }

    /// <summary>By the kernel's account.</summary>
    private long PeakMemoryMiB()
    {
        var line = File.ReadLines($"/proc/{bare.Machine.Lab.Bed.Operator.ProcessId}/status").Single(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) >> 10;
    }
}
