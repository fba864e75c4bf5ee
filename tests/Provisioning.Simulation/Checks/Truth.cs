using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>Whether the reason that a Node gives for being Stalled is the case. A reason that is not named here is not believed.</summary>
internal static class Truth
{
    /// <summary>Gives what is wrong with the reason; null if it is true.</summary>
    public static string? Objection(World world, Node node, Condition stalled)
    {
        var name = NodeSituation.DeclaredMachineOf(node);
        var machine = world.Room.Machine(Kinds.Namespace, name);
        var status = node.Status!;
        return stalled.Reason switch
        {
            Reasons.ObserveOnly => Unless(node.Spec.ManagementPolicy == ManagementPolicy.Observe, "the policy is another"),
            Reasons.ImageNotFound => Unless(node.Spec.ImageRef is { } image && world.Api.Find(Kinds.Image, image.Name) is null, "the Image exists"),
            Reasons.ProvisionerNotFound => Unless(world.Api.Find(Kinds.Provisioner, node.Spec.ProvisionerRef.Name) is null, "the Provisioner exists"),
            Reasons.SecretInvalid => Unless(world.Api.Find(Kinds.Secret, "login") is null, "the Secret exists"),
            Reasons.IdentityMismatch => Unless(world.Machines.IsTampered(name), "nobody has changed the machine"),
            Reasons.CurrentImageUnreadable or Reasons.CurrentImageMissing => Unless(
                world.Machines.IsTampered(name) || status.LoadedImage is null, "what is on the machine is known and untouched"),
            Reasons.MachineMissing => Unless(!machine.Exists || machine.Disk is null, "the machine exists"),
            Reasons.MachineNotOurs => Unless(world.Machines.Claims.Foreign(node.Metadata.Name, name) is not null, "no other Node has claimed the machine"),
            Reasons.LoadIncomplete => Unless(status.LoadedImage is { State: LoadState.Loading }, "no load is unfinished"),
            Reasons.AttemptsExhausted => Unless(status.Retry is { DestructiveAttempts: > 1 } || status.History.Count > 1, "nothing was tried"),
            Reasons.NotProbed => Unless(
                machine.Power != PowerValue.On && node.Spec.PowerState == PowerState.PoweredOff && status.LoadedImage is null, "the machine could be looked at, or what is on it is recorded"),
            Reasons.OutcomeUnknown => Unless(status.Retry?.Reason == Reasons.OutcomeUnknown, "nothing was recorded of it"),
            // No attempt is left, and the last one failed for this reason, which need not last.
            _ when status.Retry is { DestructiveAttempts: > 1 } retry && retry.Reason == stalled.Reason => null,
            _ => "this reason is not known to be true",
        };
    }

    private static string? Unless(bool isTrue, string objection) => isTrue ? null : objection;
}
