using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Tests.Support;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Configuration.Tests;

/// <summary>Whose a content is: one Node has it at a time, and gives it up when it goes.</summary>
public sealed class ClaimTests : ContentTestBase
{
    [Fact]
    public async Task A_content_is_one_nodes_and_another_one_is_told_whose()
    {
        Host.Spec.Files = [$"{Host.Root}/etc/shared.conf"];
        Host.Restart();
        await File.WriteAllTextAsync(FileOf("shared"), "one\n", Token);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), Host.Engine);

        var seen = await Host.Engine.ObserveAsync(b.Node, Token);
        var outcome = await b.RunAsync(b.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal((FactValue.Unknown, Reasons.MachineNotOurs), (seen.Exists.Value, seen.Exists.Reason));
        Assert.Contains("belongs to the Node web/a", seen.Exists.Detail, StringComparison.Ordinal);
        Assert.Equal((OperationPhase.Failed, Reasons.MachineNotOurs, true), (outcome.Phase, outcome.Reason, outcome.MachineUntouched));
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), Host.Engine);
    }

    [Fact]
    public async Task A_content_whose_node_is_gone_can_be_anothers_and_its_image_goes()
    {
        Host.Spec.Files = [$"{Host.Root}/etc/shared.conf"];
        Host.Restart();
        await File.WriteAllTextAsync(FileOf("shared"), "one\n", Token);
        var (a, b) = (WebHost.DriverFor("a"), WebHost.DriverFor("b"));
        var image = await CaptureAsync(a);
        await a.SucceedAsync(a.Begin(OperationKind.Load, image), Host.Engine);

        Assert.Equal(OperationPhase.Succeeded, (await Host.Engine.ReleaseAsync(a.Node, Token)).Phase);

        Assert.Equal("one\n", await File.ReadAllTextAsync(FileOf("shared"), Token));
        await b.SucceedAsync(b.Begin(OperationKind.Load, image), Host.Engine);
        Assert.Equal(Reasons.MachineNotOurs, (await Host.Engine.ObserveAsync(a.Node, Token)).Exists.Reason);
        // Asked late, it takes nothing from the one that came after it.
        Assert.Equal(OperationPhase.Succeeded, (await Host.Engine.ReleaseAsync(a.Node, Token)).Phase);
        Assert.True((await Host.Engine.ObserveAsync(b.Node, Token)).Exists.IsYes);
        Assert.Equal(Reasons.ImageInUse, (await Host.Engine.DeleteImageAsync(image, Token)).Reason);
        await Host.Engine.ReleaseAsync(b.Node, Token);
        Assert.Equal(OperationPhase.Succeeded, (await Host.Engine.DeleteImageAsync(image, Token)).Phase);
    }

    [Fact]
    public async Task A_release_by_an_object_that_was_replaced_gives_up_nothing()
    {
        await File.WriteAllTextAsync(FileOf("a"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        var image = await CaptureAsync(driver);
        var again = new Driver(driver.Node with { Uid = "uid-again" }) { IdPrefix = "again-", LongestPoll = driver.LongestPoll };
        await again.SucceedAsync(again.Begin(OperationKind.Load, image), Host.Engine);

        await Host.Engine.ReleaseAsync(driver.Node, Token);

        Assert.NotEmpty(Directory.GetFiles(Path.Combine(Host.Spec.WorkDirectory, ".claims")));
    }

    [Fact]
    public async Task What_a_node_claimed_under_another_machine_name_it_has_left()
    {
        await File.WriteAllTextAsync(FileOf("old"), "one\n", Token);
        var driver = WebHost.DriverFor("a");
        driver.Node.Spec.MachineName = "old";
        var image = await CaptureAsync(driver);
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

        driver.Node.Spec.MachineName = "new";
        await driver.SucceedAsync(driver.Begin(OperationKind.Load, image), Host.Engine);

        var other = WebHost.DriverFor("b");
        other.Node.Spec.MachineName = "old";
        await other.SucceedAsync(other.Begin(OperationKind.Load, image), Host.Engine);
        other.Node.Spec.MachineName = "new";
        Assert.Equal(Reasons.MachineNotOurs, (await Host.Engine.ObserveAsync(other.Node, Token)).Exists.Reason);
    }
}
