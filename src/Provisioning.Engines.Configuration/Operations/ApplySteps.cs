using Provisioning.Api;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Images;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Configuration.Operations;

/// <summary>load: one job on the host that checks, replaces, activates and verifies, or puts the old content back. It ends in one of both, whoever dies.</summary>
internal sealed class ApplySteps(ServiceHost host)
{
    private const string Apply = nameof(Apply);
    private const string Doing = "Checking and applying the configuration";

    private static readonly TimeSpan PollHost = TimeSpan.FromSeconds(5);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if ((operation.Image ?? operation.Node.DesiredImage) is not { } image)
            return await JudgedAsync(operation, OperationOutcome.Failed(Reasons.ImageNotFound, "The Image to load does not exist."), cancellationToken);
        if (image.Format != ImageFormat.Configuration)
        {
            return await JudgedAsync(operation, OperationOutcome.Failed(Reasons.ImageInvalid,
                $"The format of the Image {image.Name} is {image.Format}; a Provisioner of type Configuration loads images of the format Configuration only. Name such a one in spec.imageRef.",
                FailureKind.NeedsPerson), cancellationToken);
        }

        // Asked before the fence lets the operation in: that one belongs to whoever comes.
        var service = host.ServiceOf(operation);
        if (operation.Operation.Step is null && ServiceObserver.Foreign(await host.LookAsync(service, cancellationToken), service, host.Endpoint.Address) is { } foreign)
            return OperationOutcome.Failed(Reasons.MachineNotOurs, foreign, FailureKind.NeedsPerson) with { MachineUntouched = true };

        var path = $"{host.Spec.ImageDirectory}/{image.FileName}";
        var job = new DetachedJob(Apply, WorkScripts.Apply, service.Arguments(operation.Operation.Id, path, ConfigurationLibrary.Hex(image.Digest), WorkScripts.PutBack)) { RunAgainWhenLost = true };
        var report = await host.RunAsync(service, operation, job, cancellationToken);
        if (report.State != JobState.Exited)
            return JobOutcomes.Pending(report, Apply, Doing, operation)!;
        var told = new Told(report.Log);
        return report.ExitCode == 0 ? Succeeded(operation, image, told) : Failed(report.ExitCode, told, image, service, path);
    }

    /// <summary>Stops the job and puts back what it left unfinished.</summary>
    public async Task<OperationOutcome> AbandonAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var service = host.ServiceOf(operation);
        var temporary = operation.Operation.Kind == OperationKind.Capture ? CaptureSteps.TemporaryPath(host.Spec.ImageDirectory, operation.Operation.Id) : "";
        var report = await host.AbandonAsync(service.Scope(operation), WorkScripts.Abandon, service.Arguments(operation.Operation.Id, temporary), cancellationToken);
        var told = new Told(report.Log);
        if (report is { State: JobState.Exited, ExitCode: ServiceScripts.Busy })
            return OperationOutcome.Running("Abandon", "another operation is at work on the same content", PollHost);
        if (JobOutcomes.Pending(report, "Abandon", "Putting the content from before back", operation) is { } pending)
            return pending;
        return told["state"] switch
        {
            "half" => OperationOutcome.Failed(Reasons.CommandFailed, $"The content from before could not be put back: {told.SaidOnTheWayBack} It is in {service.Directory}/old on {host.Endpoint.Address}."),
            "broken" => OperationOutcome.Succeeded("The content from before is back, but the service does not work with it."),
            "changed" => OperationOutcome.Succeeded("The operation had come to its end; there is nothing to put back."),
            var state => OperationOutcome.Succeeded(state == "back" ? "The content from before is back." : "Nothing was changed.") with { MachineUntouched = true },
        };
    }

    private OperationOutcome Succeeded(OperationContext operation, ImageTarget image, Told told)
    {
        var kept = told["kept"] is { } file ? $" What was there before is kept in {file} on {host.Endpoint.Address}." : "";
        return OperationOutcome.Succeeded(operation.Operation.Kind == OperationKind.Load
            ? $"{image.Name} revision {image.Revision} is in place and verified.{kept}"
            : $"The content is in place and verified.{kept}");
    }

    private OperationOutcome Failed(int code, Told told, ImageTarget image, Service service, string path)
    {
        var (reason, what, kind) = Cause(code, told, image, service, path);
        var (after, harmless) = told["state"] switch
        {
            "untouched" => (" Nothing was changed.", true),
            "back" => (" The content from before is back, and works.", true),
            "broken" => ($" The content from before is back, but the service does not work with it either: {told.SaidOnTheWayBack} Look at it on {host.Endpoint.Address}.", false),
            "half" => ($" The content from before could NOT be put back: {told.SaidOnTheWayBack} It is in {service.Directory}/old on {host.Endpoint.Address}: put it in place by hand.", false),
            _ => ("", false),
        };
        return OperationOutcome.Failed(reason, what + after, kind) with { MachineUntouched = harmless };
    }

    /// <summary>An image never changes: what fails with it would fail again, and each attempt has the service use it for a moment. So a person must look.</summary>
    private (string Reason, string What, FailureKind Kind) Cause(int code, Told told, ImageTarget image, Service service, string path) => code switch
    {
        ServiceScripts.ImageMissing => (Reasons.ImageFileMissing, $"{path} does not exist on {host.Endpoint.Address}, or is a symbolic link. Put the image's file there.", FailureKind.Retry),
        ServiceScripts.ImageDiffers => (Reasons.ImageDigestMismatch, $"{path} does not have the digest of the Image {image.Name}. Put the right file there.", FailureKind.NeedsPerson),
        ServiceScripts.ImageInvalid => (Reasons.ImageInvalid, $"{path} does not hold just the files that the Provisioner lists. Capture an image anew, or list the files that it was captured from.", FailureKind.NeedsPerson),
        ServiceScripts.TooLarge => (Reasons.ImageInvalid, $"The content or {path} has more than 16 MiB, which is no configuration.", FailureKind.NeedsPerson),
        ServiceScripts.Unsuitable => (Reasons.InvalidSpec, $"The content cannot be replaced: {told.Said}. Name regular files in the Provisioner.", FailureKind.NeedsPerson),
        ServiceScripts.Unreadable or ServiceScripts.Changing => (Reasons.CommandFailed, $"The present content cannot be read, so there would be no way back: {told.Said}.", FailureKind.Retry),
        ServiceScripts.Claimed => (Reasons.MachineNotOurs, $"The content ({service.Place}) was claimed by another Node: {told["claim"]}.", FailureKind.NeedsPerson),
        ServiceScripts.Busy => (Reasons.CommandFailed, "Another operation is at work on the same content.", FailureKind.Retry),
        ServiceScripts.CheckFailed => (Reasons.StepFailed, $"{image.Name} revision {image.Revision} does not pass the check: {told.Said}. Correct it in a new image.", FailureKind.NeedsPerson),
        ServiceScripts.ApplyFailed => (Reasons.StepFailed, $"{image.Name} revision {image.Revision} could not be put in place: {told.Said}.", FailureKind.NeedsPerson),
        ServiceScripts.ActivateFailed => (Reasons.StepFailed, $"The service could not be made to use {image.Name} revision {image.Revision}: {told.Said}. Correct it in a new image.", FailureKind.NeedsPerson),
        ServiceScripts.VerifyFailed => (Reasons.StepFailed, $"The service does not work with {image.Name} revision {image.Revision}: {told.Said}. Correct it in a new image.", FailureKind.NeedsPerson),
        ServiceScripts.ReadsOtherwise => (Reasons.StepFailed, $"After {image.Name} revision {image.Revision} was put in place, the content reads otherwise. {told.Said} If the device adds lines by itself, list them in commands.ignoreLines and capture anew.", FailureKind.NeedsPerson),
        ServiceScripts.CannotTakeBack => (Reasons.CommandFailed, $"An earlier operation came to no end, and its beginning could not be undone: {told.Said}. The content from before is in {service.Directory}/old on {host.Endpoint.Address}: put it in place by hand, then remove {service.Directory}/unfinished.", FailureKind.NeedsPerson),
        ServiceScripts.Interrupted => (Reasons.CommandFailed, "The work on the host was stopped from outside, as when the host shuts down.", FailureKind.Retry),
        _ when told.Said.Contains("No space left on device", StringComparison.Ordinal) => (Reasons.DiskFull, $"{host.Endpoint.Address} has no space left for {service.Place} or {host.Spec.WorkDirectory}. Free some.", FailureKind.Retry),
        _ => (Reasons.CommandFailed, $"{Doing} failed with exit code {code}: {told.Said}.", FailureKind.Retry),
    };

    /// <summary>An operator that died in the middle comes back to the beginning: only the host tells whether anything was changed.</summary>
    private async Task<OperationOutcome> JudgedAsync(OperationContext operation, OperationOutcome outcome, CancellationToken cancellationToken) =>
        outcome with { MachineUntouched = operation.Operation.Step is null && !(await host.LookAsync(host.ServiceOf(operation), cancellationToken)).Unfinished };
}
