using System.Text.Json;
using Provisioning.Api;
using Provisioning.Api.Captures;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Core.Decisions;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Simulated.Machines;
using Provisioning.Simulation.Clusters;
using Provisioning.Simulation.Worlds;

namespace Provisioning.Simulation.Checks;

/// <summary>Whether the reason that a Node gives for being Stalled, or an ImageCapture for having failed, is the case: judged by the machines and what they said. A reason that is not named here is not believed.</summary>
internal static class Truth
{
    private static readonly OperationKind[] All = Enum.GetValues<OperationKind>();

    /// <summary>Gives what is wrong with the reason of a Node; null if it is true.</summary>
    public static string? Objection(World world, Node node, Condition stalled)
    {
        var name = NodeSituation.DeclaredMachineOf(node);
        var machine = world.Room.Machine(Kinds.Namespace, name);
        var uid = node.Metadata.Uid!;
        var ledger = world.Checks.Ledger;
        return stalled.Reason switch
        {
            Reasons.ObserveOnly => Unless(node.Spec.ManagementPolicy == ManagementPolicy.Observe, "the policy is another"),
            Reasons.ImageNotFound => Unless(node.Spec.ImageRef is { } image && world.Api.Find(Kinds.Image, image.Name) is null, "the Image exists"),
            Reasons.ProvisionerNotFound => Unless(world.Api.Find(Kinds.Provisioner, node.Spec.ProvisionerRef.Name) is null, "the Provisioner exists"),
            Reasons.SecretInvalid => Unless(world.Api.Find(Kinds.Secret, "login") is null, "the Secret exists"),
            Reasons.IdentityMismatch => Unless(world.Machines.IsTampered(name), "nobody has changed the machine"),
            Reasons.CurrentImageMissing => Unless(machine.CurrentImage is null, "the machine names an image"),
            Reasons.CurrentImageUnreadable => Unless(
                machine.CurrentImage is { Corrupt: true } || node.Spec.OperatingSystem.Type == OperatingSystemType.None, "what the machine names can be read"),
            Reasons.MachineMissing => Unless(!machine.Exists || machine.Disk is null, "the machine exists"),
            Reasons.MachineNotOurs => Unless(world.Machines.Claims.Foreign(node.Metadata.Name, name) is not null, "no other Node has claimed the machine"),
            Reasons.LoadIncomplete => Unless(IsIncomplete(machine, ledger, uid), "the last load was finished"),
            Reasons.AttemptsExhausted => Unless(IsExhausted(world, node), "it was not tried so often"),
            // What this Node has loaded there is forgotten where it was given another machine in between.
            Reasons.NotProbed => Unless(machine.Power != PowerValue.On && node.Spec.PowerState == PowerState.PoweredOff, "the machine could be looked at"),
            Reasons.OutcomeUnknown => Unless(
                ledger.Of(uid, OperationKind.PowerReset).Any(reset => reset.Operation.Target == node.Spec.PowerResetToken && (reset.GivenUpAt is not null || reset.WasTold(Reasons.OutcomeUnknown))),
                "no reset for this token was given up"),

            // The last attempt failed for this reason, which need not last.
            _ => Unless(ledger.Of(uid, All).FirstOrDefault()?.WasTold(stalled.Reason) == true, "the machine has not said so of the last operation"),
        };
    }

    /// <summary>Gives what is wrong with the end of a capture; null if it is true.</summary>
    public static string? Objection(World world, ImageCapture capture, Condition? ready)
    {
        var entries = world.Checks.Ledger.OfCapture(capture.Metadata.Uid!).ToList();
        var entry = entries.LastOrDefault();
        if (ready?.Status == ConditionStatus.True)
            return Unless(entry?.HasSucceeded == true, "no machine has said that it succeeded");
        return ready?.Reason switch
        {
            Reasons.NoProgress => Unless(WasGivenUpAfter(world, entry, timeouts => timeouts.NoProgressSeconds), "it was not given up, or too soon"),
            Reasons.DeadlineExceeded => Unless(WasGivenUpAfter(world, entry, timeouts => timeouts.CaptureSeconds), "it was not given up, or before its time"),
            Reasons.Deleting => Unless(entry is not null && !IsThere(world, capture, entry), "the Node is there"),

            // At a Provisioner that is gone nothing can be given up: the Node was changed, and that is all.
            Reasons.Superseded => Unless(
                entry is not null && (entry.GivenUpAt is not null || !IsThere(world, capture, entry) || world.Checks.Nodes[capture.Spec.NodeRef.Name].Metadata.Generation != entry.Generation),
                "it was not given up, and its Node is there as it was"),
            Reasons.ImageNameTaken when entry?.HasSucceeded == true => null,
            var reason => Unless(entry?.WasTold(reason) == true, "the machine has not said so"),
        };
    }

    /// <summary>Whether nobody can rely on the disk: only a part of an image is on it, or the last that was done to it did not come to its end.</summary>
    private static bool IsIncomplete(SimulatedMachine machine, Ledger ledger, string uid) =>
        machine.Disk is null or { HalfDone: true } || ledger.Of(uid, OperationKind.Load, OperationKind.Unload).FirstOrDefault() is { HasFailedAtTheMachine: true };

    /// <summary>Whether the image that is asked for now was loaded in vain as often as the Provisioner allows, since the Node was changed.</summary>
    private static bool IsExhausted(World world, Node node)
    {
        var attempts = Provisioner(world, node.Spec.ProvisionerRef.Name)?.Limits.Attempts ?? int.MaxValue;
        var loads = world.Checks.Ledger.Of(node.Metadata.Uid!, OperationKind.Load).Where(load => load.Operation.Target == node.Spec.ImageRef?.Name).ToList();
        return loads.Count(load => load.Generation == node.Metadata.Generation && load.HasFailedAtTheMachine) >= attempts
            || loads.TakeWhile(load => load.HasSucceeded).Count() >= Math.Clamp(attempts, 2, 5);
    }

    /// <summary>By a clock that may have jumped, and from times that are written in whole seconds.</summary>
    private static bool WasGivenUpAfter(World world, Ledger.Entry? entry, Func<ProvisionerTimeouts, int> seconds) =>
        entry?.GivenUpAt is { } at && at - entry.Begun + world.ClockJumps + TimeSpan.FromSeconds(1) >= TimeSpan.FromSeconds(seconds(Provisioner(world, "p1")?.Timeouts ?? new()));

    private static bool IsThere(World world, ImageCapture capture, Ledger.Entry entry) =>
        world.Checks.Nodes.TryGetValue(capture.Spec.NodeRef.Name, out var node) && node.Metadata.Uid == entry.NodeUid && node.Metadata.DeletionTimestamp is null;

    private static ProvisionerSpec? Provisioner(World world, string name) =>
        world.Api.Find(Kinds.Provisioner, name) is { } stored ? JsonSerializer.Deserialize(stored.Json, ApiJsonContext.Default.Provisioner)!.Spec : null;

    private static string? Unless(bool isTrue, string objection) => isTrue ? null : objection;
}
