using Provisioning.Api.Captures;

namespace Provisioning.Operator.Captures;

/// <summary>Where an ImageCapture stands. Exactly one of the nested kinds.</summary>
internal abstract record CaptureStep
{
    private CaptureStep()
    {
    }

    /// <summary>It has not begun and waits for its Node.</summary>
    public sealed record Wait(string Reason, string Message) : CaptureStep;

    /// <summary>It cannot begin until a person acts.</summary>
    public sealed record Stall(string Reason, string Message) : CaptureStep;

    /// <summary>Its operation is under way.</summary>
    public sealed record Follow : CaptureStep;

    /// <summary>Its operation has succeeded: the Image is to be published.</summary>
    public sealed record Publish(CapturedImage CapturedImage) : CaptureStep;

    /// <summary>Done, for good.</summary>
    public sealed record Complete(CapturedImage CapturedImage) : CaptureStep;

    /// <summary>Failed, for good.</summary>
    public sealed record Fail(string Reason, string Message) : CaptureStep;
}
