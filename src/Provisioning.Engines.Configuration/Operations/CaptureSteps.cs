using System.Globalization;
using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Configuration.Images;
using Provisioning.Engines.Configuration.Services;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Hosts;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.Configuration.Operations;

/// <summary>capture: reads the content into a temporary file, and publishes it under a name that did not exist. The service goes on as it is.</summary>
internal sealed partial class CaptureSteps(ServiceHost host)
{
    private const string Copy = nameof(Copy);
    private const string Publish = nameof(Publish);

    private const string Digest = "digest";
    private const string Size = "sizeBytes";

    public static string TemporaryPath(string imageDirectory, string operationId) => $"{imageDirectory}/.capture-{operationId}.tmp";

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (operation.Capture is not { } capture)
            return OperationOutcome.Failed(Reasons.InvalidSpec, "There is nothing to capture into.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        return operation.Operation.Step == Publish ? await PublishAsync(operation, capture, cancellationToken) : await CopyAsync(operation, cancellationToken);
    }

    private async Task<OperationOutcome> CopyAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        var service = host.ServiceOf(operation);
        if (operation.Operation.Step is null && ServiceObserver.Foreign(await host.LookAsync(service, cancellationToken), service, host.Endpoint.Address) is { } foreign)
            return OperationOutcome.Failed(Reasons.MachineNotOurs, foreign, FailureKind.NeedsPerson) with { MachineUntouched = true };

        var job = new DetachedJob(Copy, WorkScripts.Capture, service.Arguments(operation.Operation.Id, Temporary(operation))) { RunAgainWhenLost = true };
        var report = await host.RunAsync(service, operation, job, cancellationToken);
        var told = new Told(report.Log);
        if (report is { State: JobState.Exited, ExitCode: not 0 })
            return Failed(report.ExitCode, told, service) with { MachineUntouched = report.ExitCode != ServiceScripts.CannotTakeBack };
        if (JobOutcomes.Pending(report, Copy, "Copying the content into an image", operation) is { } pending)
            return pending;
        return Captured().Match(told["captured"] ?? "") is { Success: true } match
            ? OperationOutcome.Running(Publish, "the content is copied; publishing the image") with
            {
                Record = true,
                Values = new Dictionary<string, string> { [Digest] = $"sha256:{match.Groups["digest"].Value}", [Size] = match.Groups["size"].Value },
            }
            : OperationOutcome.Failed(Reasons.UnexpectedAnswer, $"The digest of the image could not be read: {told.Said} Nothing was published.") with { MachineUntouched = true };
    }

    private async Task<OperationOutcome> PublishAsync(OperationContext operation, CaptureTarget capture, CancellationToken cancellationToken)
    {
        var service = host.ServiceOf(operation);
        var digest = operation.Value(Digest)!;
        var fileName = FileName(capture, digest);
        var path = $"{host.Spec.ImageDirectory}/{fileName}";
        var job = new DetachedJob(Publish, ServiceScripts.Publish, service.Arguments(operation.Operation.Id, Temporary(operation), ConfigurationLibrary.Hex(digest), path)) { RunAgainWhenLost = true };
        var report = await host.RunAsync(service, operation, job, cancellationToken);
        if (report is { State: JobState.Exited, ExitCode: ServiceScripts.NameTaken })
        {
            return OperationOutcome.Failed(Reasons.ImageNameTaken, $"{path} exists with other contents. Remove it, or capture under another name or revision.", FailureKind.NeedsPerson) with { MachineUntouched = true };
        }

        if (JobOutcomes.Pending(report, Publish, "Publishing the image", operation) is { } pending)
            return pending with { MachineUntouched = pending.Phase == OperationPhase.Failed };
        return OperationOutcome.Succeeded($"The content is captured as {fileName}.") with
        {
            CapturedImage = new CapturedImage
            {
                Digest = digest,
                SizeBytes = long.Parse(operation.Value(Size)!, CultureInfo.InvariantCulture),
                Format = ImageFormat.Configuration,
                FileName = fileName,
            },
        };
    }

    private OperationOutcome Failed(int code, Told told, Service service) => code switch
    {
        ServiceScripts.Nothing => OperationOutcome.Failed(Reasons.MachineMissing, $"There is nothing to capture: {service.Place} do not exist on {host.Endpoint.Address}.", FailureKind.NeedsPerson),
        ServiceScripts.TooLarge => OperationOutcome.Failed(Reasons.InvalidSpec, $"The content has more than 16 MiB, which is no configuration: {service.Place}.", FailureKind.NeedsPerson),
        ServiceScripts.Unsuitable => OperationOutcome.Failed(Reasons.InvalidSpec, $"The content cannot be captured: {told.Said}. Name regular files in the Provisioner.", FailureKind.NeedsPerson),
        ServiceScripts.CannotTakeBack => OperationOutcome.Failed(Reasons.CommandFailed, $"An earlier operation came to no end, and its beginning could not be undone: {told.Said}. The content from before is in {service.Directory}/old on {host.Endpoint.Address}."),
        _ => JobOutcomes.Failed(told.Said, $"Copying the content failed with exit code {code}"),
    };

    /// <summary>Readable, and with enough of the digest that two captures under one name cannot collide.</summary>
    internal static string FileName(CaptureTarget capture, string digest)
    {
        var readable = $"{capture.ImageName}-{capture.Revision}";
        return $"{(readable.Length <= 200 ? readable : readable[..200])}-{ConfigurationLibrary.Hex(digest)[..12]}.conf";
    }

    private string Temporary(OperationContext operation) => TemporaryPath(host.Spec.ImageDirectory, operation.Operation.Id);

    [GeneratedRegex(@"\A(?<digest>[0-9a-f]{64}) (?<size>[0-9]{1,9})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Captured();
}
