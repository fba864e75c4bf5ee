using Provisioning.Api.Nodes;

namespace Provisioning.OperatingSystems.Steps;

/// <summary>What follows from the failure of each step: the policy of the Node, else the default of the step. Pure.</summary>
internal sealed class StepPolicies(IReadOnlyList<StepPolicySpec> policies)
{
    public StepFailurePolicy Of(MachineStep step)
    {
        var policy = policies.FirstOrDefault(each => each.Name == step.Name)?.FailurePolicy ?? (step.Fatal ? StepFailurePolicy.Fail : StepFailurePolicy.Continue);
        // API servers that ignore rules may have let it in, and the check of the operator may be older than the object.
        return ProtectedSteps.Names.Contains(step.Name) ? StepFailurePolicy.Fail : policy;
    }
}
