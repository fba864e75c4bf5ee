using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Core.Verdict;

namespace Provisioning.Core.Tests.Convergence;

/// <summary>A small machine with an engine that takes a few steps for each verb. What it is in truth is never shown to the operator but through <see cref="Look"/>.</summary>
internal sealed class ModelMachine(bool hasSystem)
{
    public const string Broken = "broken";
    public const string Foreign = "foreign@1";

    public bool HasSystem => hasSystem;

    public bool Exists { get; set; }

    public bool On { get; set; }

    /// <summary>Revision id of what is on the disk.</summary>
    public string Disk { get; set; } = Broken;

    /// <summary>What the disk says of itself; another than <see cref="Disk"/> after the preparation for a capture.</summary>
    public string Reported { get; set; } = "";

    public string? LoadOperationId { get; set; }

    public bool Configured { get; set; }

    public bool Tainted { get; set; }

    public bool SshBlocked { get; set; }

    public bool HostDown { get; set; }

    /// <summary>How many of the next operations fail in their last step.</summary>
    public int FailuresToCome { get; set; }

    public Observation Look(DateTimeOffset now)
    {
        if (HostDown)
            return Observation.Nothing(now, Reasons.HostUnreachable, "No route to host.");
        if (!Exists)
            return new() { Time = now, Exists = Fact.No };

        var seen = new Observation
        {
            Time = now,
            Exists = Fact.Yes,
            Power = On ? PowerReading.On : PowerReading.Off,
            EngineImage = hasSystem || Disk == Broken ? null : Disk,
        };
        return !hasSystem ? seen
            : !On || SshBlocked || Disk == Broken ? seen with { Ssh = Fact.Not(Reasons.SshUnreachable), CurrentImage = CurrentImageReading.Unknown(Reasons.SshUnreachable) }
            : seen with
            {
                Ssh = Fact.Yes,
                CurrentImage = CurrentImageReading.Image(Reported.Split('@')[0], Reported, LoadOperationId),
                Configured = Configured ? Fact.Yes : Fact.No,
                Tainted = Tainted ? Fact.Yes : Fact.No,
            };
    }

    /// <summary>The first step of a verb: where it leaves the machine if nothing follows.</summary>
    public void Start(OperationStatus operation)
    {
        switch (operation.Kind)
        {
            case OperationKind.Load:
                (Exists, On, Disk, Reported, Configured, LoadOperationId, Tainted) = (true, true, Broken, "", false, null, false);
                break;
            case OperationKind.Capture when Exists && hasSystem:
                (Reported, Configured, LoadOperationId) = ($"{Situations.Capture.ImageName}@{Situations.Capture.Revision}", false, null);
                break;
        }
    }

    /// <summary>The last step of a verb. False if it fails.</summary>
    public bool Finish(OperationStatus operation, DesiredImage? image)
    {
        if (FailuresToCome > 0)
        {
            FailuresToCome--;
            return false;
        }

        switch (operation.Kind)
        {
            case OperationKind.Load:
                (Disk, Reported, Configured, LoadOperationId) = (image!.RevisionId, image.RevisionId, true, operation.Id);
                return true;
            case OperationKind.PostLoad:
                (Reported, Configured) = (Disk, true);
                return Exists && On;
            case OperationKind.Unload:
                (Exists, On) = (false, false);
                return true;
            case OperationKind.PowerOff or OperationKind.Capture:
                On = false;
                return Exists;
            default:
                On = Exists;
                return Exists;
        }
    }
}
