using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>unload, and images that are deleted.</summary>
public sealed class LettingGoTests : XCatTestBase
{
    [Fact]
    public async Task An_unloaded_node_is_off_boots_from_its_disk_and_names_no_image_and_another_Node_may_have_it()
    {
        await LoadAsync();
        Assert.Equal("base", XCat["n1", "provmethod"]);

        var outcome = await RunAsync(OperationKind.Unload);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Equal(("off", "boot", ""), (XCat["n1", "power"], XCat["n1", "currstate"], XCat["n1", "provmethod"]));
        Assert.False(Directory.Exists(Path.Combine(XCat.Spec.WorkDirectory, "nodes/n1")));
        var next = await NewDriverAsync("n2", machine: "n1");
        Assert.Equal(OperationPhase.Succeeded, (await next.RunAsync(next.Begin(OperationKind.PowerOn), Engine)).Phase);
    }

    [Fact]
    public async Task A_node_in_the_middle_of_an_installation_is_unloaded_and_not_installed_at_its_next_boot()
    {
        await UntilAsync(await BeginLoadAsync(), "Deploy");
        Assert.NotEqual("boot", XCat["n1", "currstate"]);

        var outcome = await RunAsync(OperationKind.Unload);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Equal(("off", "boot"), (XCat["n1", "power"], XCat["n1", "currstate"]));
    }

    [Fact]
    public async Task A_node_that_cannot_be_set_to_its_disk_is_not_let_go()
    {
        await UntilAsync(await BeginLoadAsync(), "Deploy");
        XCat.Fail("n1", "nodeset", "boot fails");

        var outcome = await RunAsync(OperationKind.Unload);

        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        Assert.True(File.Exists(Path.Combine(XCat.Spec.WorkDirectory, "nodes/n1/owner")));
    }

    [Fact]
    public async Task What_a_person_has_set_in_the_tables_meanwhile_stays()
    {
        await LoadAsync();
        XCat["n1", "provmethod"] = "rescue";

        await RunAsync(OperationKind.Unload);

        Assert.Equal("rescue", XCat["n1", "provmethod"]);
    }

    [Fact]
    public async Task An_image_that_a_node_of_somebody_else_boots_stays()
    {
        var image = await World.ImageAsync("base");
        XCat.AddNode("foreign", "on");
        XCat["foreign", "provmethod"] = "base";

        var kept = await DeleteAsync("base");

        Assert.Equal((OperationPhase.Failed, Reasons.ImageInUse), (kept.Phase, kept.Reason));
        Assert.Contains("foreign", kept.Message, StringComparison.Ordinal);
        Assert.Equal(image.Digest, XCat.Digest("base"));
        XCat["foreign", "provmethod"] = "base2";
        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync("base")).Phase);
    }

    [Fact]
    public async Task An_image_that_was_loaded_stays_while_the_record_stands_although_the_tables_name_another()
    {
        await LoadAsync();
        XCat["n1", "provmethod"] = "other";

        var kept = await DeleteAsync("base");

        Assert.Equal(Reasons.ImageInUse, kept.Reason);
        Assert.Contains("n1", kept.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_users_cannot_be_read_the_image_stays()
    {
        var image = await World.ImageAsync("base");
        // Compared before; then xcatd dies for all questions about nodes.
        await Engine.GetImageAsync(image, verify: true, Token);
        XCat.Fail("all", "lsdef-node", "down");

        Assert.Equal(Reasons.ImageInUse, (await DeleteAsync("base")).Reason);

        Assert.Equal(image.Digest, XCat.Digest("base"));
    }

    [Fact]
    public async Task A_directory_that_another_osimage_uses_stays()
    {
        var (image, definition) = (XCat.AddOsImage("base", "netboot"), Path.Combine(XCat.Root, "state/osimages/base"));
        await File.WriteAllTextAsync(Path.Combine(XCat.Root, "state/osimages/second"), await File.ReadAllTextAsync(definition, Token), Token);

        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(image)).Phase);

        Assert.False(File.Exists(definition));
        Assert.Equal(image.Digest, XCat.Digest("second"));
        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(image with { FileName = "second" })).Phase);
        Assert.False(Directory.Exists(Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/base-profile")));
    }

    [Fact]
    public async Task A_deletion_that_died_in_the_middle_is_ended_and_the_image_is_not_there_meanwhile()
    {
        var image = XCat.AddOsImage("base", "netboot");
        var tree = Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/base-profile");
        Assert.True((await Endings.GetImageAsync(Engine, image, World)).Exists.IsYes);
        var known = Path.Combine(XCat.Spec.WorkDirectory, "images");
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        await File.WriteAllTextAsync(Path.Combine(known, "osimage-base.absent"), $"deleting\nundefine\ntree {tree}\nfile {known}/base.{image.Digest["sha256:".Length..]}\n", Token);

        Assert.Equal(Reasons.ImageFileMissing, (await Engine.GetImageAsync(image, verify: true, Token)).Exists.Reason);
        Assert.Equal(OperationPhase.Succeeded, (await DeleteAsync(image)).Phase);

        Assert.False(Directory.Exists(tree));
        Assert.Equal("", XCat.Digest("base"));
    }

    [Fact]
    public async Task An_image_that_is_not_that_of_the_digest_is_left_alone()
    {
        var image = await World.ImageAsync("base");
        await File.AppendAllTextAsync(Path.Combine(XCat.Root, "install/custom/base.tmpl"), "changed", Token);

        var refused = await DeleteAsync(image);

        Assert.Equal((OperationPhase.Failed, Reasons.ImageDigestMismatch, FailureKind.NeedsPerson), (refused.Phase, refused.Reason, refused.FailureKind));
        Assert.NotEqual("", XCat.Digest("base"));
    }

    private async Task<OperationOutcome> DeleteAsync(string name) => await DeleteAsync(await World.ImageAsync(name));

    private async Task<OperationOutcome> DeleteAsync(Targets.ImageTarget image)
    {
        for (var call = 0; ; call++)
        {
            var outcome = await Engine.DeleteImageAsync(image, Token);
            if (outcome.Phase != OperationPhase.Running || call == 100)
                return outcome;
            await World.PassAsync(outcome.PollAfter);
        }
    }
}
