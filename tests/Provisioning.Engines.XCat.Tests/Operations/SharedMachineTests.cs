using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>Several Nodes come to name one machine (spec.machineName), one after the other or at the same time.</summary>
public sealed class SharedMachineTests : XCatTestBase
{
    [Fact]
    public async Task A_Node_that_comes_back_to_a_machine_that_another_one_had_may_have_it_again()
    {
        await Driver.SucceedAsync(Driver.Begin(OperationKind.PowerOn), Engine);
        await Engine.ReleaseAsync(Driver.Node, Token);
        var meanwhile = await NewDriverAsync("n2", machine: "n1");
        await meanwhile.SucceedAsync(meanwhile.Begin(OperationKind.PowerOff), Engine);
        await Engine.ReleaseAsync(meanwhile.Node, Token);

        await Driver.SucceedAsync(Driver.Begin(OperationKind.PowerOn), Engine);

        Assert.Equal("on", XCat["n1", "power"]);
        Assert.Equal(Reasons.MachineNotOurs, (await meanwhile.RunAsync(meanwhile.Begin(OperationKind.PowerOff), Engine)).Reason);
    }

    /// <summary>It was recorded while the machine was nobody's, and called no more: the other one was faster.</summary>
    [Fact]
    public async Task An_operation_that_is_given_up_at_a_machine_that_another_Node_has_claimed_changes_nothing_there()
    {
        var late = Driver.Begin(OperationKind.PowerOn);
        var other = await NewDriverAsync("n2", machine: "n1");
        var operation = other.Begin(OperationKind.Load, await World.ImageAsync("base"));
        for (var step = ""; step != "Deploy";)
        {
            var begun = await Engine.CallAsync(operation, Token);
            operation = await other.RecordAsync(operation, begun);
            step = begun.Step ?? throw new InvalidOperationException($"The load ended with {begun.Reason}: {begun.Message}");
        }

        var effects = XCat.Effects("n1").Count;
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(late, Token)).Phase);

        Assert.Equal(effects, XCat.Effects("n1").Count);
        await other.SucceedAsync(operation, Engine);
    }
}
