using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>
/// One durable run of a verb on one Node. It is written before its first side effect and carries all that a restarted operator needs to go on.
/// </summary>
public sealed record OperationStatus
{
    /// <summary>Unique id; remote work is named and fenced by it.</summary>
    [Required, StringLength(64, MinimumLength = 1), RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Id { get; set; } = "";

    /// <summary>The verb.</summary>
    [Required]
    public OperationKind Kind { get; set; }

    /// <summary>Number of this operation among those of its Node, rising.</summary>
    [Range(0L, long.MaxValue)]
    public long Sequence { get; set; }

    /// <summary>What it is for: the name of the Image for Load and Capture, the token for PowerReset.</summary>
    [StringLength(253)]
    public string? Target { get; set; }

    /// <summary>Revision of the target Image.</summary>
    [StringLength(64)]
    public string? TargetRevision { get; set; }

    /// <summary>Digest of the target Image, for Load.</summary>
    [StringLength(71)]
    public string? TargetDigest { get; set; }

    /// <summary>The target Image's file, for Load and PostLoad: what was begun is finished although the Image is deleted meanwhile.</summary>
    public OperationImage? Image { get; set; }

    /// <summary>Uid of the ImageCapture, for Capture.</summary>
    [StringLength(64)]
    public string? CaptureUid { get; set; }

    /// <summary>Name of the ImageCapture, for Capture.</summary>
    [StringLength(253)]
    public string? CaptureName { get; set; }

    /// <summary>How far it is: Running, Succeeded or Failed. Succeeded and Failed stay here only until their effects are recorded.</summary>
    public OperationPhase Phase { get; set; }

    /// <summary>The step that is under way.</summary>
    [StringLength(64)]
    public string? Step { get; set; }

    /// <summary>What happens, for people.</summary>
    [StringLength(1024)]
    public string? Message { get; set; }

    /// <summary>Progress in percent.</summary>
    [Range(0, 100)]
    public int? ProgressPercent { get; set; }

    /// <summary>The plan that it carries out, for operations that destroy something.</summary>
    [StringLength(64)]
    public string? Plan { get; set; }

    /// <summary>Which attempt at the same goal this is, from 1.</summary>
    [Range(1, int.MaxValue)]
    public int Attempt { get; set; } = 1;

    /// <summary>When it began.</summary>
    [Required]
    public DateTimeOffset StartedTime { get; set; }

    /// <summary>When the current step began.</summary>
    public DateTimeOffset? StepStartedTime { get; set; }

    /// <summary>When it last made progress.</summary>
    public DateTimeOffset? LastProgressTime { get; set; }

    /// <summary>When it is given up, progress or not.</summary>
    public DateTimeOffset? DeadlineTime { get; set; }

    /// <summary>Values that a step found out and a later step needs, for example the boot id before a reset. Never secrets.</summary>
    [ListMap("name"), Items(16)]
    public IList<OperationValue> Values { get; set; } = [];

    /// <summary>Why it failed, a CamelCase word.</summary>
    [StringLength(128)]
    public string? Reason { get; set; }

    /// <summary>What a successful capture made.</summary>
    public CapturedImage? CapturedImage { get; set; }

    /// <summary>Reports of the steps inside the operating system.</summary>
    [ListMap("name"), Items(48)]
    public IList<StepReport> Steps { get; set; } = [];
}

/// <summary>The file of an Image, as it was when the operation began.</summary>
public sealed record OperationImage
{
    /// <summary>Format of the file.</summary>
    public ImageFormat Format { get; set; }

    /// <summary>Plain file name in the image directory of the provisioner.</summary>
    [Required, StringLength(255, MinimumLength = 1), RegularExpression(Patterns.FileName)]
    public string FileName { get; set; } = "";

    /// <summary>SSH host keys inside the image.</summary>
    [Items(8, MaximumItemLength = 1024)]
    public IList<string> SshHostKeys { get; set; } = [];
}

/// <summary>A named value of an operation.</summary>
public sealed class OperationValue
{
    /// <summary>Name of the value.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>Value; never a secret.</summary>
    [StringLength(1024)]
    public string Value { get; set; } = "";
}

/// <summary>What became of one step inside the operating system.</summary>
public sealed class StepReport
{
    /// <summary>Name of the step.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Name { get; set; } = "";

    /// <summary>What became of it: Changed, Unchanged, Skipped or Failed.</summary>
    [Required]
    public StepResult Result { get; set; }

    /// <summary>What went wrong or was skipped, for people; bounded.</summary>
    [StringLength(512)]
    public string? Message { get; set; }

    /// <summary>For a hook: exit code of the program, if it ended by itself.</summary>
    [Range(int.MinValue, int.MaxValue)]
    public int? ExitCode { get; set; }

    /// <summary>For a hook: the end of what the program printed, without control characters. Whoever may read the Node reads it: hooks must not print secrets.</summary>
    [StringLength(1024)]
    public string? Output { get; set; }
}

/// <summary>Results of a step.</summary>
public enum StepResult
{
    /// <summary>It changed something.</summary>
    Changed,

    /// <summary>Everything was already as it should be.</summary>
    Unchanged,

    /// <summary>It does not apply to this machine.</summary>
    Skipped,

    /// <summary>It failed.</summary>
    Failed,
}

/// <summary>Verbs that run as durable operations.</summary>
public enum OperationKind
{
    /// <summary>Put an image on the machine, boot and configure it.</summary>
    Load,

    /// <summary>Configure the image that is already on the machine.</summary>
    PostLoad,

    /// <summary>Turn the machine's disk into an image.</summary>
    Capture,

    /// <summary>Power on.</summary>
    PowerOn,

    /// <summary>Power off, softly first.</summary>
    PowerOff,

    /// <summary>Reset once.</summary>
    PowerReset,

    /// <summary>Power the machine off and empty it, as far as its kind can be.</summary>
    Unload,
}

/// <summary>Phases of an operation.</summary>
public enum OperationPhase
{
    /// <summary>Under way.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Given up.</summary>
    Failed,
}

/// <summary>A finished operation.</summary>
public sealed record OperationRecord
{
    /// <summary>Id of the operation.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string Id { get; set; } = "";

    /// <summary>The verb.</summary>
    [Required]
    public OperationKind Kind { get; set; }

    /// <summary>What it was for.</summary>
    [StringLength(253)]
    public string? Target { get; set; }

    /// <summary>How it ended: Succeeded or Failed; never Running.</summary>
    [Required]
    public OperationPhase Phase { get; set; }

    /// <summary>Why it failed.</summary>
    [StringLength(128)]
    public string? Reason { get; set; }

    /// <summary>What happened, for people; steps inside the operating system that failed without being fatal are named here.</summary>
    [StringLength(1024)]
    public string? Message { get; set; }

    /// <summary>When it began.</summary>
    [Required]
    public DateTimeOffset StartedTime { get; set; }

    /// <summary>When it ended.</summary>
    [Required]
    public DateTimeOffset FinishedTime { get; set; }

    /// <summary>Reports of the hooks from ConfigMaps that it ran; kept for the last operation that ran some.</summary>
    [ListMap("name"), Items(8)]
    public IList<StepReport>? Hooks { get; set; }
}
