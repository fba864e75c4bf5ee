using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Lab.Machines;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Remote.Guests;
using Provisioning.Engines.Targets;
using Provisioning.OperatingSystems;
using Provisioning.Ssh;

namespace Provisioning.Engines.Lab.Operations;

/// <summary>load: sees that the machine names no other image, lets it name this one, and configures it. Its disk, host keys and host name stay what they are.</summary>
internal sealed class PrepareSteps(GuestAccess guests, Arrivals arrivals, PostLoadSteps postLoad, Waking waking)
{
    private const string Look = nameof(Look);

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(3);

    public async Task<OperationOutcome> ContinueAsync(OperationContext operation, CancellationToken cancellationToken)
    {
        if (guests.ModuleOf(operation.Node) is not { } module)
            return Untouched(OperationOutcome.Failed(Reasons.InvalidSpec, MachineObserver.NoSystem, FailureKind.NeedsPerson));
        if ((operation.Image ?? operation.Node.DesiredImage) is not { } image)
            return Untouched(OperationOutcome.Failed(Reasons.ImageNotFound, "The Image that should be on the machine does not exist."));
        if ((operation.Operation.Step ?? Look) == Look)
            return Untouched(await LookAsync(operation, image, module, cancellationToken));

        if (await waking.WakeIfSilentAsync(operation.Node, cancellationToken) == LifeSign.Silent)
            return Silent(operation, operation.Operation.Step!);

        // As for a machine that was adopted: keys and machine id are its own, whoever installed it.
        var adopted = operation with { Node = operation.Node with { LoadedImage = null } };
        var outcome = await postLoad.AtRestAsync(adopted, cancellationToken);
        return Untouched(outcome.Phase == OperationPhase.Succeeded ? outcome with { Message = $"The machine names {image.Name} revision {image.Revision} and is configured." } : outcome);
    }

    private async Task<OperationOutcome> LookAsync(OperationContext operation, ImageTarget image, IOperatingSystemModule module, CancellationToken cancellationToken)
    {
        var node = operation.Node;
        if (await waking.WakeIfSilentAsync(node, cancellationToken) == LifeSign.Silent)
            return Silent(operation, Look);
        var (session, _, waiting) = await arrivals.WaitAsync(operation, Look, newBoot: false, "", cancellationToken);
        if (session is null)
            return waiting!;
        await using (session)
        {
            var reading = (await module.ObserveAsync(session, cancellationToken)).CurrentImage;
            return await Fence.PassAsync(session, operation, Look, cancellationToken)
                ?? Refusal(reading, image, node)
                ?? OperationOutcome.Running(PostLoadSteps.PostLoad, "the machine has no other image; configuring it") with { Record = true };
        }
    }

    private static OperationOutcome? Refusal(CurrentImageReading reading, ImageTarget image, NodeTarget node) => reading.Found switch
    {
        FactValue.Unknown => OperationOutcome.Failed(reading.Reason ?? Reasons.CurrentImageUnreadable,
            $"What is installed on the machine cannot be told: {reading.Detail} Look at currentimage.txt in the home directory of {node.Spec.OperatingSystem.User} there."),
        FactValue.Yes when reading.RevisionId != image.RevisionId => OperationOutcome.Failed(Reasons.ImageDiffers,
            $"The machine names {reading.RevisionId}, and {image.RevisionId} is wanted. A Lab machine is never imaged: install {image.Name} on it by hand and remove currentimage.txt " +
            $"from the home directory of {node.Spec.OperatingSystem.User} there, or name the right Image in spec.imageRef.",
            FailureKind.NeedsPerson),
        _ => null,
    };

    private static OperationOutcome Silent(OperationContext operation, string step)
    {
        var (system, address) = (operation.Node.Spec.OperatingSystem, operation.Node.Spec.Hardware.MacAddress);
        return OperationOutcome.Running(step, $"{system.Address}:{system.Port} is silent; {(address is null ? "" : $"sent the packet that wakes {address}, ")}waiting for the machine to answer", Poll);
    }

    /// <summary>Nothing here takes away what is on the disk.</summary>
    private static OperationOutcome Untouched(OperationOutcome outcome) => outcome with { MachineUntouched = outcome.Phase == OperationPhase.Failed };
}
