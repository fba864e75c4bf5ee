using System.Diagnostics;
using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>Whatever goes wrong with a load: the node is not left to be installed at its next boot.</summary>
public sealed class LoadFaultTests : XCatTestBase
{
    [Theory]
    [InlineData("SetDeployment")]
    [InlineData("BootFromNetwork")]
    [InlineData("Restart")]
    [InlineData("Deploy")]
    [InlineData("WaitForBoot")]
    public async Task Abandoned_anywhere_a_load_leaves_a_node_that_boots_from_its_disk(string step)
    {
        var operation = await UntilAsync(await BeginLoadAsync(), step);

        // The step takes its effect, and the operator dies; the next one gives up.
        await Engine.LoadAsync(operation, Token);
        var outcome = await NewEngine().AbandonAsync(operation, Token);

        Assert.Equal((OperationPhase.Succeeded, "boot"), (outcome.Phase, XCat["n1", "currstate"]));
        Assert.False(File.Exists(Deployment));
    }

    [Fact]
    public async Task A_load_that_xCAT_refuses_sets_the_node_back_and_says_what_xCAT_said()
    {
        XCat.Fail("n1", "nodeset", "error Error: No MAC address available for this node");
        var operation = await UntilAsync(await BeginLoadAsync(), "SetDeployment");
        var outcome = await Engine.LoadAsync(operation, Token);

        Assert.Equal(Reasons.CommandFailed, outcome.Reason);
        Assert.Contains("No MAC address", outcome.Message, StringComparison.Ordinal);
        XCat.Mend("n1", "nodeset");
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(operation, Token)).Phase);
        Assert.Equal("boot", XCat["n1", "currstate"]);
    }

    [Fact]
    public async Task A_node_that_cannot_be_set_back_is_not_called_clean()
    {
        var operation = await UntilAsync(await BeginLoadAsync(), "Restart");
        XCat.Fail("n1", "nodeset", "boot fails");
        Assert.Equal(OperationPhase.Failed, (await Engine.AbandonAsync(operation, Token)).Phase);
        XCat.Fail("n1", "nodeset", "stat lies");
        Assert.Equal(OperationPhase.Failed, (await Engine.AbandonAsync(operation, Token)).Phase);
        Assert.True(File.Exists(Deployment));
        XCat.Mend("n1", "nodeset");
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(operation, Token)).Phase);
    }

    [Fact]
    public async Task An_installation_that_says_that_it_failed_fails_at_once_and_sets_the_node_back()
    {
        File.WriteAllText(Path.Combine(XCat.Root, "faults", "n1.install"), "");
        var outcome = await LoadAsync();
        Assert.Equal((OperationPhase.Failed, Reasons.CommandFailed, "boot"), (outcome.Phase, outcome.Reason, XCat["n1", "currstate"]));
    }

    [Fact]
    public async Task A_machine_that_boots_its_old_disk_instead_is_not_taken_for_the_new_one()
    {
        await LoadAsync("other");
        XCat.Fail("n1", "rsetboot", "error Error: Invalid data field in Request");
        var operation = await UntilAsync(await BeginLoadAsync(), "Deploy");
        for (var call = 0; call < 12; call++)
        {
            var outcome = await Engine.LoadAsync(operation, Token);
            Assert.Equal((OperationPhase.Running, "Deploy"), (outcome.Phase, outcome.Step));
            operation = await Driver.RecordAsync(operation, outcome);
            await Driver.PassAsync(outcome.PollAfter);
        }

        Assert.Equal("other", XCat["n1", "content"]);
    }

    [Fact]
    public async Task A_job_that_dies_after_its_effect_is_gone_on_with()
    {
        XCat.Fail("n1", "rpower-boot", "dies", once: true);
        Assert.Equal(OperationPhase.Succeeded, (await LoadAsync()).Phase);
        Assert.Single(XCat.Effects("n1"), effect => effect == "deployed");
    }

    [Fact]
    public async Task When_no_operator_comes_back_the_management_node_sets_the_node_back_itself()
    {
        var operation = await UntilAsync(await BeginLoadAsync(), "BootFromNetwork");
        Assert.StartsWith("install", XCat["n1", "currstate"], StringComparison.Ordinal);

        File.SetLastWriteTimeUtc(Deployment, File.GetLastWriteTimeUtc(Deployment).AddDays(-1));
        await EventuallyAsync(() => XCat["n1", "currstate"] == "boot" && File.ReadAllText(Path.Combine(Records, "seen")).Contains("expired", StringComparison.Ordinal));

        var outcome = await Driver.RunAsync(operation, Engine.LoadAsync);
        Assert.Equal((OperationPhase.Failed, Reasons.OutcomeUnknown), (outcome.Phase, outcome.Reason));
    }

    [Fact]
    public async Task A_power_on_undoes_what_an_abandoned_load_left()
    {
        await UntilAsync(await BeginLoadAsync(), "BootFromNetwork");
        Assert.Equal(OperationPhase.Succeeded, (await RunAsync(OperationKind.PowerOn)).Phase);
        Assert.Equal(("boot", "booted"), (XCat["n1", "currstate"], XCat["n1", "status"]));
    }

    [Fact]
    public async Task Deployments_beyond_the_limit_wait_for_their_turn()
    {
        World.Provisioner.Spec.XCat!.ConcurrentDeployments = 1;
        var first = await UntilAsync(await BeginLoadAsync(), "Restart");
        var (second, engine) = (await NewDriverAsync("n2"), NewEngine());
        var operation = second.Begin(OperationKind.Load, await World.ImageAsync("base"));
        OperationOutcome outcome = null!;
        for (var call = 0; call < 3; call++)
        {
            outcome = await engine.LoadAsync(operation, Token);
            operation = await second.RecordAsync(operation, outcome);
        }

        Assert.Equal(("TakeTurn", true), (outcome.Step, outcome.Message.Contains("n1", StringComparison.Ordinal)));
        Assert.DoesNotContain("nodeset osimage", XCat.Effects("n2"));
        Assert.Equal(OperationPhase.Succeeded, (await Driver.RunAsync(first, Engine.LoadAsync)).Phase);
        Assert.Equal(OperationPhase.Succeeded, (await second.RunAsync(operation, engine.LoadAsync)).Phase);
    }

    [Fact]
    public async Task A_changed_osimage_is_not_loaded_and_its_digest_is_told()
    {
        var image = await World.ImageAsync("base");
        File.AppendAllText(Path.Combine(XCat.Root, "install", "custom", "base.tmpl"), "changed\n");
        var outcome = await LoadAsync();
        Assert.Equal((Reasons.ImageDigestMismatch, true), (outcome.Reason, outcome.MachineUntouched));
        Assert.Contains(XCat.Digest("base"), outcome.Message, StringComparison.Ordinal);
        Assert.NotEqual(image.Digest, XCat.Digest("base"));
        Assert.Empty(XCat.Effects("n1"));
    }

    [Fact]
    public async Task A_Node_made_anew_knows_the_machine_and_its_keys()
    {
        await LoadAsync();
        var node = await World.NewNodeAsync("fresh");
        var again = node with { Name = Driver.Node.Name, Uid = "another-uid", Spec = Driver.Node.Spec };

        var seen = await NewEngine().ObserveAsync(again, Token);

        Assert.True(seen.Ssh.IsYes, $"{seen.Ssh}");
        Assert.Equal(("base@1", (await World.ImageAsync("base")).Digest), (seen.CurrentImage.RevisionId, seen.EngineImage));
    }

    private string Records => Path.Combine(XCat.Spec.WorkDirectory, "nodes", "n1");

    private string Deployment => Path.Combine(Records, "deployment");

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(2))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Token);
        Assert.True(condition());
    }
}
