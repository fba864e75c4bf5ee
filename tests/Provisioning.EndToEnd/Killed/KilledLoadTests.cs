using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Killed;

/// <summary>The first load of a machine, while the operator dies again and again.</summary>
/// <param name="bed">The bed.</param>
public sealed class KilledLoadTests(TestBed bed)
{
    private const string Node = "vm";

    [Fact]
    public async Task A_load_goes_on_through_five_kills_and_does_nothing_twice()
    {
        var random = Seed.Next();
        await using var lab = await bed.NewLabAsync("killed-load");
        var mark = lab.Host.Commands.Mark();
        var killer = new OperatorKiller(lab, Node, random);
        await using var gate = new HostGate(lab, Node);
        // Each kill falls into the command that it is for; those of "start" fall before or after its end.
        await gate.HoldAnswersAsync("create", "define");
        await gate.FreezeGuestAtAsync("start");
        await lab.Kubectl.ApplyAsync(lab.NewImage("tiny-a"));
        await lab.Kubectl.ApplyAsync(lab.NewNode(Node, "tiny-a"));

        await killer.AfterStateAsync("the intent was written", operation => operation.Kind == OperationKind.Load, TimeSpan.FromSeconds(1));
        // The directory of the machine's disks has its UUID in the name, and no other machine is made meanwhile.
        await killer.AfterCommandAsync("create", "/disk-", TimeSpan.FromSeconds(0.7));
        gate.LetGo("create");
        await killer.AfterCommandAsync("define", "/domain.xml", TimeSpan.FromSeconds(0.7));
        gate.LetGo("define");
        await killer.AfterCommandAsync("start", "", TimeSpan.FromSeconds(4));
        await killer.AfterStateAsync("the machine was booting", operation => operation.Step == "WaitForBoot", TimeSpan.FromSeconds(2));
        await gate.ThawGuestAsync();

        var node = await lab.UntilReadyAsync(Node);
        Assert.Equal((1, killer.Operation), (node.Status!.OperationSequence, node.Status.LoadedImage!.OperationId));
        Assert.Equal(killer.Operation, Assert.Single(node.Succeeded(OperationKind.Load)).Id);
        var machine = await lab.MachineAsync(Node);
        HostEffects.AreExactly(["create", "define", "start"], lab.Host.Commands.EffectsSince(mark, machine.Uuid));
        await lab.Host.Events.AreExactlyAsync(mark, machine.Name, "Defined", "Started");
        Assert.EndsWith($"disk-{killer.Operation}.qcow2", (await machine.DiskAsync()).Split(' ')[0], StringComparison.Ordinal);
        Assert.Single((await machine.DiskAsync()).Split('\n'));
        Assert.StartsWith("tiny-a", await lab.GuestOf(Node).RunAsync("cat /root/currentimage.txt"), StringComparison.Ordinal);
        killer.Survived();
    }
}
