using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Provisioning.Api.Machines;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>What the operator last saw of the machine and what it is doing with it.</summary>
public sealed record NodeStatus : IMarkedStatus
{
    /// <summary>The metadata.generation that this status was computed from.</summary>
    [Range(0L, long.MaxValue)]
    public long ObservedGeneration { get; set; }

    /// <summary>Ready, Reconciling, Stalled, Reachable, PowerMatched, ImageMatched, CredentialsValid, Paused.</summary>
    [ListMap("type"), Items(16)]
    public IList<Condition> Conditions { get; set; } = [];

    /// <summary>
    /// The Provisioner whose machine this status speaks of: the one that last looked at it or that runs the operation under way. When spec.provisionerRef names
    /// another one, the operation is given up at this one first; then what is recorded of this one's machine is forgotten, and the other one is looked at.
    /// </summary>
    [StringLength(253)]
    public string? Provisioner { get; set; }

    /// <summary>
    /// The name by which that Provisioner knows the machine: spec.machineName, or the name of the Node. When the spec names another machine, the operation is given up at this one
    /// first; then what is recorded of it is forgotten, and the other one is looked at.
    /// </summary>
    [StringLength(253)]
    public string? Machine { get; set; }

    /// <summary>Name of the image that is on the machine, as last verified. Absent while a Load or Unload is under way: the disk may hold the old image, the new one or neither.</summary>
    [StringLength(253)]
    public string? CurrentImage { get; set; }

    /// <summary>Power state as last read, or as the last operation left it: On, Off or Unknown. While an operation is under way it is not read.</summary>
    public PowerValue? Power { get; set; }

    /// <summary>The answer of node_status: the verdict and every fact behind it.</summary>
    public NodeStatusReport? NodeStatusReport { get; set; }

    /// <summary>What this operator loaded or adopted: the authority on what is on the disk.</summary>
    public LoadedImage? LoadedImage { get; set; }

    /// <summary>The operation under way. At most one at a time.</summary>
    public OperationStatus? Operation { get; set; }

    /// <summary>What waits for an approval under changePolicy Approve. To approve it, set spec.approvedPlan to its id.</summary>
    public PendingPlan? PendingPlan { get; set; }

    /// <summary>The plan of the last destructive operation that was carried out. Ids of later plans depend on it, so that an approval holds once.</summary>
    [StringLength(64)]
    public string? HandledPlan { get; set; }

    /// <summary>Place in the line of the provisioner, while its limit of operations is reached.</summary>
    public QueueStatus? Queue { get; set; }

    /// <summary>Attempts that failed since the goal last changed, and when the next one is due.</summary>
    public RetryStatus? Retry { get; set; }

    /// <summary>Looks that came to no answer or found the Node stalled, calls of the operation that its host did not answer, cleaning up that failed, or operations that succeeded and did not last: how often in a row, and when the next one is due.</summary>
    public RetryStatus? ObserveRetry { get; set; }

    /// <summary>The last operations, newest first.</summary>
    [Items(5)]
    public IList<OperationRecord> History { get; set; } = [];

    /// <summary>The last spec.powerResetToken that was handled.</summary>
    [StringLength(64)]
    public string? HandledPowerResetToken { get; set; }

    /// <summary>The last spec.reloadToken that was handled.</summary>
    [StringLength(64)]
    public string? HandledReloadToken { get; set; }

    /// <summary>True while a machine whose power is not managed is to be switched on again, because it was on when a capture began.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool PowerOnDue { get; set; }

    /// <summary>SSH host keys that the machine was given or showed after its load, and must show from then on.</summary>
    [Items(8, MaximumItemLength = 1024)]
    public IList<string> SshHostKeys { get; set; } = [];

    /// <summary>Counts the operations of this Node. Machines refuse work of an operation with a lower number than the last that they saw.</summary>
    [Range(0L, long.MaxValue)]
    public long OperationSequence { get; set; }

    /// <summary>
    /// Written into one Node by an operator that takes over from another one: when its watch brings the mark, it has brought all that was written before. It says nothing of the machine.
    /// </summary>
    [StringLength(64)]
    public string? WatchMark { get; set; }
}

/// <summary>The verdict of node_status and the facts behind it. Times are left out, so that a machine at rest costs no writes.</summary>
public sealed record NodeStatusReport
{
    /// <summary>The verdict: Ready, PostLoad, Reload or Unknown.</summary>
    [Required]
    public NodeVerdict Verdict { get; set; }

    /// <summary>Why, a CamelCase word.</summary>
    [StringLength(128)]
    public string Reason { get; set; } = "";

    /// <summary>Whether the machine exists for its provisioner: Yes, No or Unknown.</summary>
    public FactValue Exists { get; set; }

    /// <summary>Whether the machine's address answers: Yes, No or Unknown.</summary>
    public FactValue Ping { get; set; }

    /// <summary>Whether an authenticated SSH command was answered: Yes, No or Unknown.</summary>
    public FactValue Ssh { get; set; }

    /// <summary>The engine's own word for the machine's state (nodeset of the specification), for example the libvirt domain state.</summary>
    [StringLength(64)]
    public string? EngineState { get; set; }

    /// <summary>The image that the engine believes is on the machine (nodetype of the specification).</summary>
    [StringLength(320)]
    public string? EngineImage { get; set; }

    /// <summary>The image revision that the machine itself reports (currentimage of the specification).</summary>
    [StringLength(320)]
    public string? ReportedImage { get; set; }

    /// <summary>Whether post-load was completed: Yes, No or Unknown.</summary>
    public FactValue Configured { get; set; }

    /// <summary>Whether the machine carries a mark that a user may have changed it: Yes, No or Unknown.</summary>
    public FactValue Tainted { get; set; }

    /// <summary>Boot id of the running system. It changes with every boot.</summary>
    [StringLength(64)]
    public string? BootId { get; set; }
}

/// <summary>Verdicts of node_status.</summary>
public enum NodeVerdict
{
    /// <summary>Could not be told. Never a reason to act destructively.</summary>
    Unknown,

    /// <summary>The machine runs the desired image and is configured.</summary>
    Ready,

    /// <summary>The desired image is on the machine, but post-load has not been completed.</summary>
    PostLoad,

    /// <summary>The desired image is certainly not on the machine.</summary>
    Reload,
}

/// <summary>The image that was put on a machine.</summary>
public sealed record LoadedImage
{
    /// <summary>Name of the Image.</summary>
    [Required, StringLength(253)]
    public string Name { get; set; } = "";

    /// <summary>Revision of the Image.</summary>
    [StringLength(64)]
    public string Revision { get; set; } = "";

    /// <summary>Digest of the Image; empty if the machine was adopted and its content could not be compared.</summary>
    [StringLength(71)]
    public string Digest { get; set; } = "";

    /// <summary>The load operation; empty if the machine was adopted.</summary>
    [StringLength(64)]
    public string OperationId { get; set; } = "";

    /// <summary>What is known of it. Loading: a load began and has not finished, so what is on the disk is not known to be whole. Loaded: verified. Adopted: found there.</summary>
    public LoadState State { get; set; }

    /// <summary>When it was loaded or adopted.</summary>
    public DateTimeOffset? LoadedTime { get; set; }

    /// <summary>When it was last verified on the running machine after a change: load, boot or return from unknown.</summary>
    public DateTimeOffset? VerifiedTime { get; set; }

    /// <summary>Set while post-load must run again although the image did not change: the revision id that preparing a capture wrote into the machine.</summary>
    [StringLength(320)]
    public string? PreparedForCapture { get; set; }

    /// <summary>Revision ids of earlier captures, newest first, that the machine may carry still: the last capture failed or is under way, and whether it came to prepare the machine is not known.</summary>
    [Items(8, MaximumItemLength = 320)]
    public IList<string>? PreparedBefore { get; set; }
}

/// <summary>How sure the record of a loaded image is.</summary>
public enum LoadState
{
    /// <summary>A load began and has not finished.</summary>
    Loading,

    /// <summary>Loaded and verified by this operator.</summary>
    Loaded,

    /// <summary>Found on the machine and accepted.</summary>
    Adopted,
}

/// <summary>Place in the line of a provisioner.</summary>
public sealed record QueueStatus
{
    /// <summary>Place in the line, 1 is next: as it was when the Node joined, or came within four times limits.concurrentOperations of the Provisioner, or within once that. Not refreshed with every step; it is nearer by now, never farther.</summary>
    [Range(1, int.MaxValue)]
    public int Position { get; set; } = 1;

    /// <summary>When the Node began to wait.</summary>
    [Required]
    public DateTimeOffset SinceTime { get; set; }
}

/// <summary>Failed attempts and the next one.</summary>
public sealed record RetryStatus
{
    /// <summary>Attempts that failed in a row.</summary>
    [Range(0, int.MaxValue)]
    public int Attempt { get; set; }

    /// <summary>Those of the attempts that may have changed what is on the machine. Only they count towards limits.attempts of the Provisioner.</summary>
    [Range(0, int.MaxValue), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DestructiveAttempts { get; set; }

    /// <summary>When the next attempt is due; absent when none will be made without a change.</summary>
    public DateTimeOffset? NextTime { get; set; }

    /// <summary>Why the last attempt failed.</summary>
    [StringLength(128)]
    public string Reason { get; set; } = "";

    /// <summary>What happened, for people.</summary>
    [StringLength(1024)]
    public string Message { get; set; } = "";

    /// <summary>True when only a person can help; the operator then looks again at its longest interval.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsPerson { get; set; }

    /// <summary>What the attempts were for. A change of the goal starts the count anew.</summary>
    [StringLength(512)]
    public string Goal { get; set; } = "";
}
