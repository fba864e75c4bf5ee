using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>captureStyle SysClone: a copy of the tree of a running machine.</summary>
public sealed class SysCloneTests() : XCatTestBase("sysclone")
{
    [Fact]
    public async Task The_tree_of_a_machine_is_captured_with_its_empty_files_and_loaded_on_another()
    {
        await LoadAsync();
        var capture = Driver.Capture("golden", "1");

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: capture), Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.Contains(XCat.Ran, line => line.StartsWith("imgcapture n1 -t sysclone -o golden-1", StringComparison.Ordinal));
        var image = Driver.ImageOf(capture, outcome.CapturedImage!);
        Assert.Equal(XCat.Digest("golden-1"), image.Digest);
        var answer = await Endings.GetImageAsync(Engine, image, World);
        Assert.True(answer.Exists.IsYes, answer.ToString());
        Assert.Null(Engine.OpenImage(image, answer, "other"));
        var other = await NewDriverAsync("n2");
        Assert.Equal(OperationPhase.Succeeded, (await other.RunAsync(other.Begin(OperationKind.Load, image), Engine)).Phase);
    }

    [Theory]
    [InlineData("no systemimager", Reasons.CommandFailed, "systemimager-server is not installed")]
    [InlineData("no tree", Reasons.ImageInvalid, "not the tree of a system")]
    [InlineData("full", Reasons.DiskFull, "No space left")]
    public async Task What_is_not_a_tree_is_not_published_and_is_removed(string fault, string reason, string said)
    {
        await LoadAsync();
        XCat.Fail("n1", "imgcapture", fault);
        var operation = Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1"));

        var outcome = await Driver.RunAsync(operation, Engine);

        Assert.Equal((OperationPhase.Failed, reason, null), (outcome.Phase, outcome.Reason, outcome.CapturedImage));
        Assert.Contains(said, outcome.Message, StringComparison.Ordinal);
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(operation, Token)).Phase);
        Assert.Equal("", XCat.Digest("golden-1"));
        Assert.False(Directory.Exists(Path.Combine(XCat.Root, "install/sysclone/images/golden-1")));
    }

    [Fact]
    public async Task A_tree_of_the_name_that_nobody_defined_stays()
    {
        await LoadAsync();
        var tree = Directory.CreateDirectory(Path.Combine(XCat.Root, "install/sysclone/images/golden-1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(tree, "mine"), "mine", Token);
        var operation = Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1"));

        var outcome = await Driver.RunAsync(operation, Engine);
        await Engine.AbandonAsync(operation, Token);

        Assert.Equal(Reasons.ImageNameTaken, outcome.Reason);
        Assert.Equal([Path.Combine(tree, "mine")], Directory.GetFiles(tree));
    }
}
