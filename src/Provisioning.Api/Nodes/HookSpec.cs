using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Meta;

namespace Provisioning.Api.Nodes;

/// <summary>A program that runs inside the machine at one stage, once for each operation; its text is in a ConfigMap.</summary>
public sealed class HookSpec
{
    /// <summary>What the names of the reports of hooks begin with.</summary>
    public const string StepPrefix = "hook-";

    /// <summary>Name of the report of the hooks that are in the image.</summary>
    public const string ImageStep = "hooks";

    /// <summary>Longest time that each of the hooks in the image may run, in seconds.</summary>
    public const int ImageTimeoutSeconds = 300;

    /// <summary>Name of the hook; its report in the operation's steps is "hook-" and this name.</summary>
    [Required, StringLength(40, MinimumLength = 1), RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>
    /// When it runs. PreCapture: before anything is changed for a capture, after the hooks that are in the image. PostLoad: when the machine has its identity and before it counts as configured, after the hooks that are in the image.
    /// </summary>
    [Required]
    public HookStage Stage { get; set; }

    /// <summary>The ConfigMap with the program.</summary>
    [Required]
    public LocalReference ConfigMapRef { get; set; } = new();

    /// <summary>
    /// Key of the program in the ConfigMap: at most 64 KiB. Linux: a script with a "#!" line, else one for sh. Windows: a PowerShell script.
    /// </summary>
    [Required, StringLength(253, MinimumLength = 1), RegularExpression("^[A-Za-z0-9_][-._A-Za-z0-9]*$")]
    public string Key { get; set; } = "";

    /// <summary>Longest time that it may run, in seconds; then it is ended and has failed.</summary>
    [Range(1, 3600)]
    public int TimeoutSeconds { get; set; } = 300;

    /// <summary>What follows if it fails. Fail: the operation fails. Continue: the failure is reported and the operation goes on.</summary>
    public HookFailurePolicy FailurePolicy { get; set; } = HookFailurePolicy.Fail;
}

/// <summary>When a hook runs.</summary>
public enum HookStage
{
    /// <summary>Before the machine is prepared for a capture.</summary>
    PreCapture,

    /// <summary>After an image was loaded, when the machine is configured.</summary>
    PostLoad,
}

/// <summary>What follows from the failure of a hook.</summary>
public enum HookFailurePolicy
{
    /// <summary>The operation fails.</summary>
    Fail,

    /// <summary>It is reported, and the operation goes on.</summary>
    Continue,
}
