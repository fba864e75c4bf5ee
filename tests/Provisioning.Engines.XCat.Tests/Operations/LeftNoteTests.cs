using System.Diagnostics;
using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Conformance;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.XCat.Tests.Operations;

/// <summary>A deletion or a copy of an image that died leaves a note by which others do not see the image. It must not be in the way of an image of the same name for ever.</summary>
public sealed class LeftNoteTests : XCatTestBase
{
    private string Known => Path.Combine(XCat.Spec.WorkDirectory, "images");

    private string Note => Path.Combine(Known, "osimage-golden-1.absent");

    [Theory]
    [InlineData("deleting\nundefine\n")]
    [InlineData("receiving\nfile ROOT/install/.placing-x\nundefine\n")]
    public async Task A_capture_ends_what_was_left_and_takes_the_name(string note)
    {
        await LoadAsync();
        Leave(note);
        var capture = Driver.Capture("golden", "1");

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: capture), Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.False(File.Exists(Note));
        var answer = await Endings.GetImageAsync(Engine, Driver.ImageOf(capture, outcome.CapturedImage!), World);
        Assert.True(answer.Exists.IsYes, answer.ToString());
    }

    [Fact]
    public async Task A_capture_waits_while_somebody_is_at_work_on_the_name()
    {
        await LoadAsync();
        Leave("receiving\n");
        var operation = Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1"));
        using (var work = Process.Start(new ProcessStartInfo("flock", [Path.Combine(Known, "golden-1.lock"), "cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!)
        {
            await work.StandardInput.WriteLineAsync("locked");
            await work.StandardInput.FlushAsync(Token);
            await work.StandardOutput.ReadLineAsync(Token);
            for (var call = 0; call < 3; call++)
            {
                var waiting = await Engine.CallAsync(operation, Token);
                Assert.True(waiting.Phase == OperationPhase.Running && waiting.Message.Contains("golden-1", StringComparison.Ordinal), waiting.Message);
                operation = await Driver.RecordAsync(operation, waiting);
            }

            work.StandardInput.Close();
            await work.WaitForExitAsync(Token);
        }

        Assert.DoesNotContain(XCat.Ran, line => line.StartsWith("imgcapture", StringComparison.Ordinal));
        var outcome = await Driver.RunAsync(operation, Engine);
        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
    }

    [Fact]
    public async Task What_somebody_made_since_a_deletion_died_is_another_image_and_stays()
    {
        await LoadAsync();
        Leave($"deleting\nundefine\ntree {Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-1-profile")}\nfile {Known}/golden-1.{new string('a', 64)}\n");
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        var made = XCat.AddOsImage("golden-1", "netboot");
        var hidden = await Engine.GetImageAsync(made, verify: true, Token);
        Assert.Equal(Reasons.ImageFileMissing, hidden.Exists.Reason);
        Assert.Contains(Note, hidden.Exists.Detail, StringComparison.Ordinal);

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: Driver.Capture("golden", "1")), Engine);

        Assert.Equal(Reasons.ImageNameTaken, outcome.Reason);
        Assert.Equal(made.Digest, XCat.Digest("golden-1"));
        var seen = await Endings.GetImageAsync(Engine, made, World);
        Assert.True(seen.Exists.IsYes, seen.ToString());
    }

    [Fact]
    public async Task A_node_that_boots_what_somebody_made_since_keeps_it_when_its_Image_is_deleted()
    {
        Leave($"deleting\nundefine\ntree {Path.Combine(XCat.Root, "install/netboot/debian12/x86_64/golden-1-profile")}\nfile {Known}/golden-1.{new string('a', 64)}\n");
        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        var made = XCat.AddOsImage("golden-1", "netboot");
        XCat.AddNode("foreign", "on");
        XCat["foreign", "provmethod"] = "golden-1";

        OperationOutcome outcome;
        do
            outcome = await Engine.DeleteImageAsync(made, Token);
        while (outcome.Phase == OperationPhase.Running);

        Assert.Equal(Reasons.ImageInUse, outcome.Reason);
        Assert.Equal(made.Digest, XCat.Digest("golden-1"));
    }

    private void Leave(string note)
    {
        Directory.CreateDirectory(Known);
        File.WriteAllText(Note, note.Replace("ROOT", XCat.Root, StringComparison.Ordinal));
    }
}

/// <summary>The same for files of partitions.</summary>
public sealed class LeftNoteOfPartitionsTests() : XCatTestBase("partitions")
{
    [Fact]
    public async Task A_capture_ends_what_was_left_and_takes_the_name()
    {
        await LoadAsync();
        var known = Path.Combine(XCat.Spec.WorkDirectory, "images");
        var rest = Path.Combine(XCat.Spec.ImageDirectory, "golden-1-sda9.gz");
        await File.WriteAllTextAsync(rest, "the rest of what was to be deleted", Token);
        Directory.CreateDirectory(known);
        await File.WriteAllTextAsync(Path.Combine(known, "partitions-golden-1.absent"), $"deleting\nfile {rest}\n", Token);
        var capture = Driver.Capture("golden", "1");

        var outcome = await Driver.RunAsync(Driver.Begin(OperationKind.Capture, capture: capture), Engine);

        Assert.True(outcome.Phase == OperationPhase.Succeeded, outcome.Message);
        Assert.False(File.Exists(rest));
        Assert.Equal(ImageFormat.Partitions, outcome.CapturedImage!.Format);
        Assert.True((await Endings.GetImageAsync(Engine, Driver.ImageOf(capture, outcome.CapturedImage), World)).Exists.IsYes);
    }
}
