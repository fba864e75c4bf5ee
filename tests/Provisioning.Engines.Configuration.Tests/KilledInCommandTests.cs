using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>The job is killed while a command of the Provisioner runs: it ends in the new content or in the old one, never between.</summary>
public sealed class KilledInCommandTests : KilledApplyTestBase
{
    public static TheoryData<string> Commands => ["check", "activate", "verify"];

    [Theory, MemberData(nameof(Commands))]
    public async Task Killed_in_a_command_it_is_done_again_to_its_end(string command)
    {
        await BreakInAsync(command);
        var image = await Host.SiteImageAsync("shop", "2");

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Load, image), Host.Engine);

        Assert.True(File.Exists(Path.Combine(Host.Root, "burnt")), "Nothing was killed.");
        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        await AssertServesAsync("2", image);
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Killed_in_a_command_and_given_up_the_old_content_is_back_and_works(string command)
    {
        var before = (await Host.Engine.ObserveAsync(Driver.Node, Token)).ContentsDigest;
        await BreakInAsync(command);
        var operation = Driver.Begin(OperationKind.Load, await Host.SiteImageAsync("shop", "2"));
        await UntilBurntAsync(operation);

        var outcome = await Driver.RunAsync(operation, Host.Engine.AbandonAsync);

        Assert.True(outcome is { Phase: OperationPhase.Succeeded, MachineUntouched: true }, outcome.Message);
        Assert.Equal(before, (await Host.Engine.ObserveAsync(Driver.Node, Token)).ContentsDigest);
        await Host.AssertServesAsync("shop", "1");
        AssertClean();
    }

    [Fact]
    public async Task What_was_left_unfinished_is_seen_by_a_node_that_knows_nothing_of_it_and_is_not_captured()
    {
        var before = (await Host.Engine.ObserveAsync(Driver.Node, Token)).ContentsDigest;
        await BreakInAsync("verify");
        var image = await Host.SiteImageAsync("shop", "2");
        await UntilBurntAsync(Driver.Begin(OperationKind.Load, image));
        var node = Driver.Node with { Uid = "uid-again" };

        var seen = await Host.Engine.ObserveAsync(node, Token);
        Assert.Equal((image.Digest, "unfinished", Api.Machines.FactValue.No), (seen.ContentsDigest, seen.EngineState, seen.Configured.Value));

        var again = new Driver(node) { LongestPoll = Driver.LongestPoll, IdPrefix = "again-" };
        var captured = await again.SucceedAsync(again.Begin(OperationKind.Capture, capture: WebHost.Capture()), Host.Engine);
        Assert.Equal(before, captured.CapturedImage!.Digest);
        await Host.AssertServesAsync("shop", "1");
    }

    [Fact]
    public async Task An_operation_that_was_overtaken_is_fenced_off()
    {
        var older = Driver.Begin(OperationKind.Load, await Host.SiteImageAsync("shop", "2"));
        var newer = await Driver.RunAsync(Driver.Begin(OperationKind.Load, await Host.SiteImageAsync("shop", "3")), Host.Engine);
        Assert.Equal(OperationPhase.Succeeded, newer.Phase);

        var late = await Driver.RunAsync(older, Host.Engine);

        Assert.Equal((OperationPhase.Failed, Api.Reasons.Fenced), (late.Phase, late.Reason));
        await Host.AssertServesAsync("shop", "3");
    }
}
