using Provisioning.Api;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

namespace Provisioning.Engines.XCat.Tests.Operations;

public sealed class CaptureFaultTests : XCatTestBase
{
    [Theory]
    [InlineData("truncated")]
    [InlineData("error Error: tar: write error")]
    [InlineData("lie0")]
    [InlineData("short")]
    public async Task What_is_not_a_whole_image_is_not_published_and_is_removed(string fault)
    {
        await LoadAsync();
        XCat.Fail("n1", "imgcapture", fault);
        var operation = Begin();

        var outcome = await Driver.RunAsync(operation, Engine.CaptureAsync);

        Assert.Equal((OperationPhase.Failed, null), (outcome.Phase, outcome.CapturedImage));
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(operation, Token)).Phase);
        Assert.Equal("", XCat.Digest("golden-1").Length == 0 ? "" : "left behind");
        Assert.False(Directory.Exists(Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-1")));
    }

    [Fact]
    public async Task An_osimage_of_the_name_that_is_there_stays_as_it_is()
    {
        await LoadAsync();
        var there = XCat.AddOsImage("golden-1");
        var operation = Begin();

        var outcome = await Driver.RunAsync(operation, Engine.CaptureAsync);
        await Engine.AbandonAsync(operation, Token);

        Assert.Equal((Reasons.ImageNameTaken, there.Digest), (outcome.Reason, XCat.Digest("golden-1")));
    }

    private OperationContext Begin() => Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1"));
}

public sealed class PartitionFaultTests() : XCatTestBase("partitions")
{
    [Fact]
    public async Task Files_of_an_image_whose_name_only_begins_alike_do_not_count()
    {
        var image = XCat.AddPartitions("golden-1");
        foreach (var other in new[] { "golden-1.2.img", "golden-10.img", "golden-10-sda1.gz", "golden-1x.img", "agolden-1.img" })
            File.WriteAllText(Path.Combine(XCat.Spec.ImageDirectory, other), new string('x', 1000));

        var answer = await Engine.GetImageAsync(image, verify: false, Token);

        Assert.Equal("partition of golden-1".Length + 3 + "template\n".Length, answer.SizeBytes);
        Assert.Equal(Reasons.ImageFileMissing, (await Engine.GetImageAsync(image with { FileName = "golden" }, verify: false, Token)).Exists.Reason);
    }

    [Theory]
    [InlineData("capture", "capturefailed")]
    [InlineData("truncate", "not a whole image")]
    public async Task A_capture_that_failed_is_not_published_and_leaves_nothing(string fault, string said)
    {
        await LoadAsync();
        File.WriteAllText(Path.Combine(XCat.Root, "faults", $"n1.{fault}"), "");
        File.WriteAllText(Path.Combine(XCat.Spec.ImageDirectory, "golden-1.2.img"), "another image");
        var operation = Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1"));

        var outcome = await Driver.RunAsync(operation, Engine.CaptureAsync);

        Assert.Equal(OperationPhase.Failed, outcome.Phase);
        Assert.Contains(said, outcome.Message, StringComparison.Ordinal);
        Assert.Equal(OperationPhase.Succeeded, (await Engine.AbandonAsync(operation, Token)).Phase);
        Assert.Equal("boot", XCat["n1", "currstate"]);
        Assert.Equal(["golden-1.2.img"], Directory.GetFiles(XCat.Spec.ImageDirectory, "golden*").Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task Files_without_the_mark_of_their_end_are_no_capture()
    {
        await LoadAsync();
        File.WriteAllText(Path.Combine(XCat.Root, "faults", "n1.marker"), "");
        var operation = await UntilAsync(Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1")), "CaptureDisk");
        for (var call = 0; call < 12; call++)
        {
            var outcome = await Engine.CaptureAsync(operation, Token);
            Assert.Equal((OperationPhase.Running, "CaptureDisk"), (outcome.Phase, outcome.Step));
            operation = await Driver.RecordAsync(operation, outcome);
            await Driver.PassAsync(outcome.PollAfter);
        }

        Assert.Equal("boot", XCat["n1", "currstate"]);
    }
}
