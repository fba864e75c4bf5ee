using System.Security.Cryptography;
using System.Text;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;

namespace Provisioning.Core.Decisions;

/// <summary>Holds back what would destroy something until a person has approved just that.</summary>
internal static class Approvals
{
    private const int IdBytes = 8;

    /// <summary>The decision, if it needs no approval or has it; otherwise a stall that says what would be done. An operation that destroys something gets its plan, whatever the policy.</summary>
    public static NodeDecision Apply(NodeSituation situation, NodeDecision decision)
    {
        if (decision is not NodeDecision.Begin begin || Lost(situation, begin) is not { } lost)
            return decision;

        var plan = Plan(situation, begin);
        return situation.Node.Spec is not { ChangePolicy: ChangePolicy.Approve } spec || spec.ApprovedPlan == plan.Id || IsRepetition(situation, begin)
            ? begin with { Plan = plan.Id }
            : new NodeDecision.Stall(Reasons.PendingApproval, Message(situation.Node, begin, plan, lost)) { Plan = plan };
    }

    /// <summary>What the operation would destroy, in words; null if nothing.</summary>
    private static string? Lost(NodeSituation situation, NodeDecision.Begin begin) => begin switch
    {
        { Kind: OperationKind.Load } when !situation.Observation!.Exists.IsNo => $"All that is on the machine's disk is lost{Former(situation)}.",
        { Kind: OperationKind.Unload } => $"The machine is switched off and all that is on its disk is lost{Former(situation)}.",
        { Capture.PreparesOperatingSystem: true } => "The machine is shut down, and its system is prepared, which takes its identity away until it is configured again.",
        { Kind: OperationKind.Capture } when situation.Observation!.Power.Value == PowerValue.On => "The machine is shut down.",
        _ => null,
    };

    private static string Former(NodeSituation situation) => situation.Status.LoadedImage is { State: not LoadState.Loading } loaded ? $" ({loaded.Name} revision {loaded.Revision})" : "";

    /// <summary>A further attempt at what was allowed to begin, for example because there was no machine then, and left it half made.</summary>
    private static bool IsRepetition(NodeSituation situation, NodeDecision.Begin begin) => situation.Status.Retry is { Attempt: > 0 } retry && retry.Goal == begin.Goal;

    private static PendingPlan Plan(NodeSituation situation, NodeDecision.Begin begin)
    {
        var image = begin.Kind == OperationKind.Load ? situation.DesiredImage : null;
        return new()
        {
            Id = Id(situation, begin, image?.Digest ?? begin.Capture?.Uid),
            Kind = begin.Kind,
            Image = image?.Name ?? begin.Capture?.ImageName,
            Revision = image?.Revision ?? begin.Capture?.Revision,
            Digest = image?.Digest,
            CaptureName = begin.Capture?.Name,
        };
    }

    private static string Id(NodeSituation situation, NodeDecision.Begin begin, string? content)
    {
        var (metadata, spec) = (situation.Node.Metadata, situation.Node.Spec);
        var token = begin.Kind == OperationKind.Load ? spec.ReloadToken : null;
        // None of the parts can hold a line feed.
        var text = string.Join('\n', metadata.Uid, begin.Kind, spec.ProvisionerRef.Name, spec.MachineName, content, token, situation.Status.HandledPlan);
        return $"{begin.Kind.ToString().ToLowerInvariant()}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, IdBytes))}";
    }

    private static string Message(Node node, NodeDecision.Begin begin, PendingPlan plan, string lost)
    {
        var image = plan.Image is null ? "" : $" of {plan.Image} revision {plan.Revision}{(plan.Digest is null ? "" : $" ({plan.Digest})")}";
        // Why it is wanted comes last, for the length of a message is bounded and names may be long.
        return $"{begin.Kind}{image} waits for an approval, because changePolicy is Approve. {lost} "
            + $"To approve just this: kubectl provision approve {node.Metadata.Name} -n {node.Metadata.Namespace} --plan {plan.Id}, or set spec.approvedPlan to {plan.Id}. {begin.Message}";
    }
}
