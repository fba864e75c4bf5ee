using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

public sealed class PowerFaultTests : XCatTestBase
{
    [Theory]
    [InlineData("timeout")]
    [InlineData("error Error: Invalid session")]
    [InlineData("silent")]
    [InlineData("odd")]
    [InlineData("contrary")]
    [InlineData("lie0")]
    public async Task Power_that_cannot_be_read_is_unknown_and_nothing_is_done(string fault)
    {
        XCat.Fail("n1", "rpower", fault);

        var seen = await Engine.ObserveAsync(Driver.Node, Token);
        var outcome = await Engine.PowerOnAsync(Driver.Begin(OperationKind.PowerOn), Token);

        Assert.Equal(PowerValue.Unknown, seen.Power.Value);
        Assert.NotNull(seen.Power.Reason);
        Assert.Equal(OperationPhase.Running, outcome.Phase);
        Assert.Empty(XCat.Effects("n1"));
    }

    [Fact]
    public async Task An_exit_code_of_1_with_an_answer_is_an_answer()
    {
        XCat.Fail("n1", "rpower", "lie1");
        Assert.Equal(PowerValue.Off, (await Engine.ObserveAsync(Driver.Node, Token)).Power.Value);
        Assert.Equal(OperationPhase.Succeeded, (await RunAsync(OperationKind.PowerOn)).Phase);
    }

    [Fact]
    public async Task Power_on_that_fails_once_with_an_error_reads_the_inventory_once_and_succeeds()
    {
        var operation = await AtPowerOnAsync();
        XCat.Fail("n1", "rpower-on", "stale");

        var outcome = await Driver.RunAsync(operation, Engine.PowerOnAsync);

        Assert.Equal(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal((1, 1), (XCat.Count("rinv"), XCat.Effects("n1").Count(effect => effect == "rpower on")));
    }

    [Fact]
    public async Task A_command_that_took_effect_and_timed_out_is_not_given_again()
    {
        var operation = await AtPowerOnAsync();
        XCat.Fail("n1", "rpower-on", "timeout after", once: true);

        Assert.Equal(OperationPhase.Succeeded, (await Driver.RunAsync(operation, Engine.PowerOnAsync)).Phase);
        Assert.Equal(["rpower on"], XCat.Effects("n1"));
    }

    [Fact]
    public async Task A_soft_power_off_that_is_not_heard_is_followed_by_a_hard_one()
    {
        await RunAsync(OperationKind.PowerOn);
        XCat["n1", "deaf"] = "1";

        var outcome = await RunAsync(OperationKind.PowerOff);

        Assert.Contains("power was cut", outcome.Message, StringComparison.Ordinal);
        Assert.Equal("off", XCat["n1", "power"]);
        Assert.True(XCat.Effects("n1").Count(effect => effect == "rpower softoff") > 1);
        Assert.Equal("rpower off", XCat.Effects("n1")[^1]);
    }

    [Fact]
    public async Task A_reset_that_timed_out_is_proven_by_another_boot_and_never_sent_again()
    {
        await LoadAsync();
        var resets = await ResetWithAsync("timeout after");
        Assert.Equal((OperationPhase.Succeeded, 1), (resets.Phase, XCat.Effects("n1").Count(effect => effect == "rpower reset")));
    }

    [Fact]
    public async Task A_reset_that_timed_out_without_a_trace_is_for_a_person()
    {
        await LoadAsync();
        var outcome = await ResetWithAsync("timeout");
        Assert.Equal((Reasons.OutcomeUnknown, FailureKind.NeedsPerson), (outcome.Reason, outcome.FailureKind));
        Assert.DoesNotContain("rpower reset", XCat.Effects("n1"));
    }

    [Fact]
    public async Task A_name_that_is_a_group_to_xCAT_is_no_machine()
    {
        File.WriteAllText(Path.Combine(XCat.Root, "state", "groups", "all"), "n1\nn2\n");
        XCat.AddNode("n2");
        var group = await NewDriverAsync("whole-rack", "all");

        var outcome = await Engine.PowerOnAsync(group.Begin(OperationKind.PowerOn), Token);

        Assert.NotEqual(OperationPhase.Succeeded, outcome.Phase);
        Assert.Equal(("off", "off"), (XCat["n1", "power"], XCat["n2", "power"]));
    }

    [Fact]
    public async Task A_machine_that_is_not_in_the_tables_is_unknown_and_asks_for_a_person()
    {
        var missing = await NewDriverAsync("lost", "nosuch");

        var seen = await Engine.ObserveAsync(missing.Node, Token);
        var outcome = await Engine.PowerOnAsync(missing.Begin(OperationKind.PowerOn), Token);

        Assert.Equal((FactValue.Unknown, Reasons.MachineMissing), (seen.Exists.Value, seen.Exists.Reason));
        Assert.Equal((Reasons.MachineMissing, FailureKind.NeedsPerson, true), (outcome.Reason, outcome.FailureKind, outcome.MachineUntouched));
    }

    [Fact]
    public async Task Two_Nodes_of_one_machine_do_not_fight()
    {
        await RunAsync(OperationKind.PowerOn);
        var other = await NewDriverAsync("other", "n1");

        var outcome = await NewEngine().PowerOffAsync(other.Begin(OperationKind.PowerOff), PowerOffMode.Hard, Token);
        var seen = await NewEngine().ObserveAsync(other.Node, Token);

        Assert.Equal((Reasons.MachineNotOurs, true, "on"), (outcome.Reason, outcome.MachineUntouched, XCat["n1", "power"]));
        Assert.Contains("test/lab/n1", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(Reasons.MachineNotOurs, seen.Exists.Reason);
    }

    private async Task<OperationContext> AtPowerOnAsync()
    {
        // Claims the machine, so that the fault meets the command and not the look.
        await Driver.SucceedAsync(Driver.Begin(OperationKind.PowerOff), (context, token) => Engine.PowerOffAsync(context, PowerOffMode.Hard, token));
        return Driver.Begin(OperationKind.PowerOn);
    }

    private async Task<OperationOutcome> ResetWithAsync(string fault)
    {
        var operation = await UntilAsync(Driver.Begin(OperationKind.PowerReset), "Reset");
        XCat.Fail("n1", "rpower-reset", fault, once: true);
        return await Driver.RunAsync(operation, Engine.PowerResetAsync);
    }
}
