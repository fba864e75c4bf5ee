using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Core.Status;
using Provisioning.Engines.Targets;
using Provisioning.Operator.Captures;
using Provisioning.Operator.Images;

namespace Provisioning.GitOps.Tests.Verdicts;

/// <summary>
/// What the operator writes on Images and ImageCaptures lies in the space of <see cref="AgreementTests"/>: Ready alone when True, else with exactly one of
/// Reconciling and Stalled. For Nodes the tests of the core show it over all decisions.
/// </summary>
public sealed class WrittenStatesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 27, 3, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_every_step_of_a_capture()
    {
        var capture = new ImageCapture { Metadata = new() { Name = "golden", Generation = 2 }, Spec = new() { ImageName = "golden" } };
        var captured = new CapturedImage { Digest = "sha256:1", FileName = "golden.qcow2" };
        CaptureStep[] steps =
        [
            new CaptureStep.Wait(Reasons.Queued, "Waiting."), new CaptureStep.Stall(Reasons.NodeNotFound, "No Node."), new CaptureStep.Follow(),
            new CaptureStep.Publish(captured), new CaptureStep.Complete(captured), new CaptureStep.Fail(Reasons.CommandFailed, "It failed."),
        ];
        Assert.Equal(typeof(CaptureStep).GetNestedTypes().Order(TypeNames), steps.Select(step => step.GetType()).Order(TypeNames));
        foreach (var before in steps)
        {
            foreach (var step in steps)
            {
                capture.Status = null;
                capture.Status = CaptureStatuses.Compose(capture, before, null, Now);
                IsWithin(CaptureStatuses.Compose(capture, step, null, Now).Conditions, $"{before}, then {step}");
            }
        }
    }

    [Fact]
    public void Of_all_answers_of_libraries()
    {
        ImageAnswer[] answers =
        [
            ImageAnswer.Yes(1, "/x"), ImageAnswer.No(Reasons.ImageFileMissing), ImageAnswer.No(Reasons.ImageDigestMismatch, "Other bytes."),
            ImageAnswer.Unknown(Reasons.HostUnreachable, "Dead."), ImageAnswer.Unknown(Reasons.OperationRunning, "Comparing."),
        ];
        var image = new Image { Metadata = new() { Name = "web", Generation = 2 }, Spec = new() { Revision = "1", Digest = $"sha256:{new string('1', 64)}", FileName = "web.qcow2", Format = ImageFormat.Qcow2 } };
        IsWithin(ImageStatuses.Compose(image, [], new HashSet<string>(), [], Now).Conditions, "no Provisioner");
        IsWithin(ImageStatuses.Deleting(image, Reasons.HostUnreachable, "Dead.", Now).Conditions, "under deletion");
        foreach (var one in answers)
        {
            foreach (var other in answers)
                IsWithin(ImageStatuses.Compose(image, [new("a", one), new("b", other)], new HashSet<string>(), [], Now).Conditions, $"{one} and {other}");
        }
    }

    private static Comparer<Type> TypeNames { get; } = Comparer<Type>.Create((one, other) => string.CompareOrdinal(one.Name, other.Name));

    private static void IsWithin(IList<Condition> conditions, string when)
    {
        var ready = conditions.Single(condition => condition.Type == ConditionTypes.Ready);
        var others = conditions.Where(condition => condition.Type is ConditionTypes.Reconciling or ConditionTypes.Stalled).ToList();
        Assert.All(others, condition => Assert.Equal(ConditionStatus.True, condition.Status));
        Assert.True(others.Count == (ready.Status == ConditionStatus.True ? 0 : 1), $"{when}: {string.Join(", ", conditions)}");
        Assert.True(ready.Status != ConditionStatus.Unknown || others[0].Type == ConditionTypes.Reconciling, $"{when}: Unknown and stalled.");
        Assert.All(conditions, condition => Assert.Equal(2, condition.ObservedGeneration));
    }
}
