using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>A Node that is deleted and leaves its machine as it is: others may have the machine, and one of its name finds it as it was.</summary>
public sealed class ReleaseTests : XCatTestBase
{
    private string Owner => Path.Combine(XCat.Spec.WorkDirectory, "nodes/n1/owner");

    [Fact]
    public async Task Another_Node_can_have_the_machine_of_one_that_is_gone_and_finds_what_is_on_it()
    {
        var image = await World.ImageAsync("base");
        await LoadAsync();
        var before = XCat.Effects("n1").Count;
        var next = await NewDriverAsync("n2", machine: "n1");
        Assert.Equal(Reasons.MachineNotOurs, (await next.RunAsync(next.Begin(OperationKind.PowerOn), Engine)).Reason);

        Assert.Equal(OperationPhase.Succeeded, (await ReleaseAsync(Driver.Node)).Phase);

        Assert.False(File.Exists(Owner));
        Assert.Equal(before, XCat.Effects("n1").Count);
        Assert.Equal(image.Digest, (await Engine.ObserveAsync(next.Node, Token)).EngineImage);
        Assert.Equal(OperationPhase.Succeeded, (await next.RunAsync(next.Begin(OperationKind.PowerOff), Engine)).Phase);
        // Whoever let go does not come back.
        var late = Driver.Begin(OperationKind.PowerOn);
        Assert.Equal(Reasons.MachineNotOurs, (await Driver.RunAsync(late, Engine)).Reason);
    }

    [Fact]
    public async Task A_look_tells_at_once_that_the_machine_is_nobodys()
    {
        await LoadAsync();
        var next = await NewDriverAsync("n2", machine: "n1");
        Assert.Equal(Reasons.MachineNotOurs, (await Engine.ObserveAsync(next.Node, Token)).Exists.Reason);

        await ReleaseAsync(Driver.Node);

        Assert.True((await Engine.ObserveAsync(next.Node, Token)).Exists.IsYes);
    }

    [Fact]
    public async Task What_a_Node_of_the_same_name_has_taken_over_stays_its_own()
    {
        await LoadAsync();
        var former = Driver.Node;
        Driver.Node = Driver.Node with { Uid = "uid-again" };
        await LoadAsync();

        Assert.Equal(OperationPhase.Succeeded, (await ReleaseAsync(former)).Phase);

        Assert.True(File.Exists(Owner));
        Assert.Equal(OperationPhase.Succeeded, (await ReleaseAsync(Driver.Node)).Phase);
        Assert.False(File.Exists(Owner));
    }

    [Fact]
    public async Task A_machine_that_was_claimed_and_then_nothing_is_let_go_too()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Owner)!);
        await File.WriteAllTextAsync(Owner, "test/lab/n1\n", Token);

        Assert.Equal(OperationPhase.Succeeded, (await ReleaseAsync(Driver.Node)).Phase);

        Assert.False(File.Exists(Owner));
    }

    [Fact]
    public async Task Machines_of_others_stay_theirs_and_those_that_the_Node_had_under_another_machine_name_are_let_go()
    {
        var other = await NewDriverAsync("n2");
        await other.RunAsync(other.Begin(OperationKind.PowerOn), Engine);
        await Driver.RunAsync(Driver.Begin(OperationKind.PowerOn), Engine);
        XCat.AddNode("n3");
        var renamed = Driver.Node with { Spec = new() { MachineName = "n3", OperatingSystem = Driver.Node.Spec.OperatingSystem } };

        Assert.Equal(OperationPhase.Succeeded, (await ReleaseAsync(renamed)).Phase);

        Assert.False(File.Exists(Owner));
        Assert.Equal("test/lab/n2\n", await File.ReadAllTextAsync(Path.Combine(XCat.Spec.WorkDirectory, "nodes/n2/owner"), Token));
    }

    [Fact]
    public async Task A_Node_that_is_given_another_machine_lets_its_former_one_go_when_it_takes_the_new_one()
    {
        await LoadAsync();
        XCat.AddNode("n3");
        var moved = await NewDriverAsync("n1", machine: "n3");
        moved.Node = moved.Node with { Uid = Driver.Node.Uid };

        await moved.RunAsync(moved.Begin(OperationKind.PowerOn), Engine);

        Assert.False(File.Exists(Owner));
        Assert.Equal("test/lab/n1\n", await File.ReadAllTextAsync(Path.Combine(XCat.Spec.WorkDirectory, "nodes/n3/owner"), Token));
    }

    [Fact]
    public async Task A_node_that_is_still_set_to_be_installed_is_not_let_go_and_the_message_says_what_to_do()
    {
        await UntilAsync(await BeginLoadAsync(), "Deploy");

        var outcome = await ReleaseAsync(Driver.Node);

        Assert.Equal((OperationPhase.Failed, Reasons.CommandFailed), (outcome.Phase, outcome.Reason));
        Assert.Contains("nodeset n1 boot", outcome.Message, StringComparison.Ordinal);
        Assert.Contains(Owner, outcome.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Owner));
    }

    [Fact]
    public async Task A_management_node_that_does_not_answer_is_told()
    {
        await LoadAsync();
        await using (await World.InjectAsync(WorldFault.Unreachable))
            Assert.Equal((OperationPhase.Failed, Reasons.HostUnreachable), ((await ReleaseAsync(Driver.Node)) is var outcome ? (outcome.Phase, outcome.Reason) : default));
        Assert.True(File.Exists(Owner));
    }

    private Task<OperationOutcome> ReleaseAsync(NodeTarget node) => Engine.ReleaseAsync(node, Token);
}
