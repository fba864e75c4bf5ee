using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Captures;

public sealed class CaptureRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private static readonly CapturedImage Captured = new() { Digest = Samples.Digest("golden"), SizeBytes = 3 << 20, Format = ImageFormat.Qcow2, FileName = "golden-1.qcow2", SshHostKeys = ["ssh-ed25519 AAAA"] };

    [Fact]
    public void It_waits_for_a_managed_node() => Assert.IsType<CaptureStep.Wait>(Next(node: Samples.Node()));

    [Theory]
    [InlineData("Ready", ConditionStatus.Unknown, "cannot be told now (CurrentImageUnreadable): It is garbled.")]
    [InlineData("Stalled", ConditionStatus.True, "is stalled (CurrentImageUnreadable): It is garbled.")]
    public void It_says_why_a_node_in_trouble_will_not_be_free(string type, ConditionStatus status, string said)
    {
        var node = Samples.Node();
        node.Status = new() { Conditions = [new() { Type = type, Status = status, Reason = Reasons.CurrentImageUnreadable, Message = "It is garbled." }] };
        Assert.Contains(said, Assert.IsType<CaptureStep.Wait>(Next(node: node)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ManagementPolicy.Observe)]
    [InlineData(ManagementPolicy.Paused)]
    public void It_says_what_policy_it_waits_for(ManagementPolicy policy)
    {
        var wait = Assert.IsType<CaptureStep.Wait>(Next(node: Samples.Node(change: spec => spec.ManagementPolicy = policy)));
        Assert.Equal(Reasons.ObserveOnly, wait.Reason);
        Assert.Contains($"it is {policy}", wait.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_stalls_without_a_node() => Assert.Equal(Reasons.NodeNotFound, Assert.IsType<CaptureStep.Stall>(Next()).Reason);

    [Fact]
    public void It_stalls_while_its_name_is_taken() => Assert.Equal(Reasons.ImageNameTaken, Assert.IsType<CaptureStep.Stall>(Next(node: Samples.Node(), taken: Samples.Image("golden"))).Reason);

    [Fact]
    public void It_follows_its_operation() => Assert.IsType<CaptureStep.Follow>(Next(node: Samples.Node(), operation: Operation(OperationPhase.Running)));

    [Fact]
    public void It_publishes_what_was_captured_also_when_the_image_is_there_already() =>
        Assert.Equal(Captured, Assert.IsType<CaptureStep.Publish>(Next(operation: Operation(OperationPhase.Succeeded), taken: Samples.Image("golden"))).CapturedImage);

    [Fact]
    public void A_success_without_an_image_is_a_failure() =>
        Assert.Equal(Reasons.InternalError, Assert.IsType<CaptureStep.Fail>(Next(operation: Operation(OperationPhase.Succeeded) with { CapturedImage = null })).Reason);

    [Fact]
    public void It_takes_over_the_reason_of_a_failure() =>
        Assert.Equal(new CaptureStep.Fail("DiskFull", "Full."), Next(operation: Operation(OperationPhase.Failed) with { Reason = "DiskFull", Message = "Full." }));

    [Fact]
    public void It_fails_when_its_node_no_longer_knows_of_it() =>
        Assert.Equal(Reasons.Superseded, Assert.IsType<CaptureStep.Fail>(Next(node: Samples.Node(), status: new() { StartedTime = Now })).Reason);

    [Fact]
    public void One_that_was_given_up_says_why_and_what_to_do() => Assert.Equal(
        new CaptureStep.Fail(Reasons.Superseded, "The machine was changed. Nothing was published. Create a new ImageCapture."),
        Next(operation: Operation(OperationPhase.Failed) with { Reason = Reasons.Superseded, Message = "The machine was changed." }));

    /// <summary>Whatever is told its end here, no Node may begin.</summary>
    [Theory]
    [InlineData(false, false, false, true)]
    [InlineData(true, false, false, false)]
    [InlineData(true, true, false, true)]
    [InlineData(true, true, true, false)]
    public void A_node_begins_one_that_never_began_or_that_it_knows_between_two_attempts(bool hasBegun, bool isBetweenAttempts, bool isFinished, bool mayBegin)
    {
        var capture = Samples.Capture();
        capture.Metadata.Uid = "uid-1";
        capture.Status = new() { StartedTime = hasBegun ? Now : null, FinishedTime = isFinished ? Now : null };
        var node = Samples.Node();
        node.Status = new() { Retry = new() { Goal = $"Capture:{(isBetweenAttempts ? "uid-1" : "uid-2")}|x", Attempt = 1, Reason = Reasons.DiskFull } };

        Assert.Equal(mayBegin, CaptureRules.MayBegin(capture, node));
        if (!isFinished)
            Assert.Equal(!mayBegin, CaptureRules.Next(capture, node, null, null) is CaptureStep.Fail);
    }

    [Fact]
    public void The_image_is_what_was_captured_with_its_origin()
    {
        var image = CaptureRules.ToImage(Samples.Capture(change: spec => (spec.Revision, spec.ImageDeletionPolicy) = ("7", ImageDeletionPolicy.Delete)), Captured, OperatingSystemType.Windows);

        Assert.Equal(("golden", Samples.Namespace), (image.Metadata.Name, image.Metadata.Namespace));
        Assert.Equal(("7", Captured.Digest, "golden-1.qcow2", ImageDeletionPolicy.Delete), (image.Spec.Revision, image.Spec.Digest, image.Spec.FileName, image.Spec.DeletionPolicy));
        Assert.Equal((OperatingSystemType.Windows, Captured.SshHostKeys), (image.Spec.OperatingSystem, image.Spec.SshHostKeys));
        Assert.Equal("take", image.Metadata.Annotations!["provisioning.dev/captured-by"]);
    }

    [Fact]
    public void A_finished_capture_says_its_size_and_that_it_is_whole()
    {
        var status = CaptureStatuses.Compose(Samples.Capture(), new CaptureStep.Complete(Captured with { UncleanShutdown = true }), Operation(OperationPhase.Succeeded), Now);

        Assert.Equal((Now, 100, "3.0Mi"), (status.FinishedTime, status.ProgressPercent, status.Size));
        var ready = Assert.Single(status.Conditions);
        Assert.Equal(("Ready", ConditionStatus.True, Reasons.Captured), (ready.Type, ready.Status, ready.Reason));
        Assert.Contains("may be unclean", ready.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_capture_is_finished_and_stalled()
    {
        var status = CaptureStatuses.Compose(Samples.Capture(), new CaptureStep.Fail("DiskFull", "Full."), null, Now);
        Assert.NotNull(status.FinishedTime);
        Assert.Equal(["Ready", "Stalled"], status.Conditions.Select(condition => condition.Type));
    }

    [Fact]
    public void A_capture_under_way_shows_its_step()
    {
        var status = CaptureStatuses.Compose(Samples.Capture(), new CaptureStep.Follow(), Operation(OperationPhase.Running), Now);
        Assert.Equal(("op-9", "Convert", 42, null), (status.OperationId, status.Step, status.ProgressPercent, status.FinishedTime));
    }

    private static CaptureStep Next(Node? node = null, OperationStatus? operation = null, Image? taken = null, ImageCaptureStatus? status = null)
    {
        var capture = Samples.Capture();
        capture.Status = status;
        return CaptureRules.Next(capture, node, operation, taken);
    }

    private static OperationStatus Operation(OperationPhase phase) =>
        new() { Id = "op-9", Kind = OperationKind.Capture, Phase = phase, Step = "Convert", ProgressPercent = 42, StartedTime = Now, CapturedImage = phase == OperationPhase.Succeeded ? Captured : null };
}
