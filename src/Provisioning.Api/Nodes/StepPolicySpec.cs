using System.ComponentModel.DataAnnotations;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>What follows if one step inside the operating system fails, instead of its documented default.</summary>
[Cel("self.failurePolicy == 'Fail' || !(self.name in " + ProtectedSteps.AsCelList + ")",
    "must be Fail for " + ProtectedSteps.AsWords + ": without these steps a machine shares its identity with others, cannot be trusted, or claims to be what it is not")]
public sealed class StepPolicySpec
{
    /// <summary>Name of the step, as in the documentation of the operating system and in the operation's steps. In both lists of steps where both have one of that name.</summary>
    [Required, StringLength(64, MinimumLength = 1), RegularExpression("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")]
    public string Name { get; set; } = "";

    /// <summary>What follows if the step fails. Fail: the operation fails. Continue: the failure is reported and the operation goes on. Skip: the step is not run.</summary>
    [Required]
    public StepFailurePolicy FailurePolicy { get; set; }
}

/// <summary>What follows from the failure of a step.</summary>
public enum StepFailurePolicy
{
    /// <summary>The operation fails.</summary>
    Fail,

    /// <summary>It is reported, and the operation goes on.</summary>
    Continue,

    /// <summary>The step is not run.</summary>
    Skip,
}

/// <summary>The steps inside an operating system that no policy can take away.</summary>
public static class ProtectedSteps
{
    internal const string AsCelList = "['privileges', 'machine-id', 'generalize', 'host-keys', 'host-keys-make', 'host-keys-use', 'current-image', 'configured', 'sync']";

    internal const string AsWords = "privileges, machine-id, generalize, host-keys, host-keys-make, host-keys-use, current-image, configured and sync";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. AsCelList.Trim('[', ']').Split(", ").Select(name => name.Trim('\''))];
}
