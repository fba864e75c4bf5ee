using Provisioning.Api.Nodes;
using Provisioning.OperatingSystems.Linux;
using Provisioning.OperatingSystems.Steps;
using Provisioning.OperatingSystems.Windows;

namespace Provisioning.OperatingSystems;

/// <summary>The steps that policies can name.</summary>
public static class StepCatalogue
{
    private static readonly IReadOnlyList<string> OfLinux = Names(LinuxSteps.All);
    private static readonly IReadOnlyList<string> OfWindows = Names(WindowsSteps.All);

    /// <summary>The names of the steps in an operating system, in their order.</summary>
    public static IReadOnlyList<string> NamesOf(OperatingSystemType type) => type switch
    {
        OperatingSystemType.Linux => OfLinux,
        OperatingSystemType.Windows => OfWindows,
        _ => [],
    };

    /// <summary>What is wrong with the policies of a Node, a sentence for people; null if they all name a step that there is.</summary>
    public static string? Check(OperatingSystemSpec system)
    {
        var known = NamesOf(system.Type);
        if (system.StepPolicies.FirstOrDefault(policy => !known.Contains(policy.Name)) is not { } unknown)
            return null;
        return known.Count == 0
            ? $"spec.operatingSystem.stepPolicies names the step {unknown.Name}, and a machine of type {system.Type} has no steps. Remove it."
            : $"spec.operatingSystem.stepPolicies names the step {unknown.Name}, which {system.Type} does not have. It has {string.Join(", ", known)}; hooks have a failurePolicy of their own.";
    }

    private static IReadOnlyList<string> Names(ModuleSteps steps) => [.. steps.PreCapture.Concat(steps.PostLoad).Select(step => step.Name).Distinct()];
}
