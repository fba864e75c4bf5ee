using System.Text.Json;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;
using Provisioning.Core.Decisions;
using Provisioning.Core.Status;
using Provisioning.Core.Verdict;

namespace Provisioning.Cli.Planning;

/// <summary>
/// Tells what would become of a machine, by the very decision that the operator makes, on what it last saw. What only holds things up (a host that does not answer, a
/// retry that is not due, an image on its way) is left out of account: it would pass, and the change would follow. Pure.
/// </summary>
internal static class Forecaster
{
    /// <summary>The forecast.</summary>
    public static MachineForecast Tell(MachineQuestion question)
    {
        var apply = question.Before is null ? "created" : HasSameSpec(question.Before, question.After) ? "unchanged" : "configured";
        MachineForecast Result(string action, Effect effect, string why, string? plan = null) =>
            new(question.After.Metadata.Namespace ?? "", question.After.Metadata.Name, apply, action, effect, why, plan);

        if (IsUnseen(question))
            return Unseen(question, Result);

        var then = Decide(question, question.After, question.Then);
        if (then is NodeDecision.Abandon abandon)
            return Abandoned(question, abandon, Result);
        if (question.Before is not null && Words(then) == Words(Decide(question, question.Before, question.Now)))
            return Result(Action(then), Effect.None, then is NodeDecision.Rest or NodeDecision.Hold ? Why(then, question) : $"So it is already, without this change. {Why(then, question)}");
        return Result(Action(then), EffectOf(then), Why(then, question), (then as NodeDecision.Stall)?.Plan?.Id);
    }

    /// <summary>A machine of which nothing is known: a new Node, or one that is given another machine.</summary>
    private static bool IsUnseen(MachineQuestion question)
    {
        if (question.Before?.Status is not { } status || question.Before.Spec.MachineName != question.After.Spec.MachineName)
            return true;
        return status.Operation is null && (status.NodeStatusReport is null || (status.Provisioner is { } provisioner && provisioner != question.After.Spec.ProvisionerRef.Name)
            || (status.Machine is { } machine && machine != NodeSituation.DeclaredMachineOf(question.After)));
    }

    private static MachineForecast Unseen(MachineQuestion question, Func<string, Effect, string, string?, MachineForecast> result)
    {
        var (spec, then) = (question.After.Spec, question.Then);
        if (SpecValidator.Validate(question.After) is [var problem, ..])
            return result("stalls", Effect.Change, $"{Reasons.InvalidSpec}: {problem}", null);
        if (then.Provisioner is null)
            return result("stalls", Effect.Change, $"{Reasons.ProvisionerNotFound}: the Provisioner {spec.ProvisionerRef.Name} does not exist.", null);
        if (spec.ManagementPolicy != ManagementPolicy.Manage)
            return result("is looked at, at most", Effect.None, $"managementPolicy is {spec.ManagementPolicy}.", null);
        if (spec.PowerState == PowerState.PoweredOff)
            return result("looks, then PowerOff", Effect.Change, "The machine was not seen yet. It is declared off, so it is not loaded.", null);
        if (spec.ImageRef is not { } image)
            return result(spec.PowerState is null ? "looks" : "looks, then PowerOn", spec.PowerState is null ? Effect.None : Effect.Change, "The machine was not seen yet. No image is asked for, so its disk is left alone.", null);
        return spec.ChangePolicy == ChangePolicy.Approve
            ? result($"looks, then Load {image.Name} if there is no machine", Effect.Change, "The machine was not seen yet. If it has something else on its disk, the load waits for an approval.", null)
            : result($"looks, then Load {image.Name} unless it is there", Effect.Destroys, "The machine was not seen yet. If there is one, and it has something else on its disk, that is lost; changePolicy Approve would ask first.", null);
    }

    private static MachineForecast Abandoned(MachineQuestion question, NodeDecision.Abandon abandon, Func<string, Effect, string, string?, MachineForecast> result)
    {
        var operation = question.Before!.Status!.Operation!;
        var loadsNext = question.After.Spec is { ImageRef: not null, ManagementPolicy: ManagementPolicy.Manage } && question.After.Spec.PowerState != PowerState.PoweredOff;
        var isDestructive = operation.Kind == OperationKind.Load && loadsNext && question.After.Spec.ChangePolicy == ChangePolicy.Automatic;
        var next = operation.Kind == OperationKind.Load && loadsNext ? $", then Load {question.After.Spec.ImageRef!.Name}" : "";
        return result($"stops {operation.Kind}{(operation.Target is { } target ? $" {target}" : "")}{next}", isDestructive ? Effect.Destroys : Effect.Change, abandon.Message, null);
    }

    private static NodeDecision Decide(MachineQuestion question, Node node, Surroundings around)
    {
        // The status is what the operator wrote last, whatever the spec will be.
        var status = question.Before!.Status!;
        var provisioner = around.Provisioner;
        var missing = provisioner is null && status.Operation is null
            ? new Obstacle(Reasons.ProvisionerNotFound, $"The Provisioner {node.Spec.ProvisionerRef.Name} does not exist. Create it, or name another one in spec.provisionerRef.", NeedsPerson: true)
            : null;
        var situation = new NodeSituation
        {
            Node = new() { Metadata = question.Before.Metadata, Spec = node.Spec, Status = status with { Queue = null, Retry = status.Retry is { Reason: Reasons.OutcomeUnknown } ? status.Retry : null, History = [] } },
            Now = question.Time,
            Obstacle = SpecValidator.Validate(node) is [var problem, ..] ? new(Reasons.InvalidSpec, problem, NeedsPerson: true) : missing,
            ImageObstacle = node.Spec.ImageRef is { } image && around.Image is null
                ? new(Reasons.ImageNotFound, $"The Image {image.Name} does not exist in namespace {question.Before.Metadata.Namespace}. Create it, or name another one in spec.imageRef.", NeedsPerson: true)
                : null,
            Provisioner = provisioner?.Spec ?? (status.Operation is null ? null : new()),
            Supported = Supported(provisioner),
            DesiredImage = around.Image is { } desired && node.Spec.ImageRef is not null ? new DesiredImage(desired.Metadata.Name, desired.Spec.Revision, desired.Spec.Digest) : null,
            Observation = Seen(question, provisioner),
            Capture = around.Capture,
            Circumstances = "plan",
        };
        return NodeDecider.Decide(situation);
    }

    private static Observation? Seen(MachineQuestion question, Provisioner? provisioner)
    {
        var seen = RecordedObservation.Of(question.Before!, question.Time, provisioner?.Spec.Type == ProvisionerType.Configuration);
        // A machine that cannot be seen at the moment will be seen again, and be there.
        return seen is { Exists: { IsUnknown: true, Reason: not Reasons.MachineNotOurs } } ? seen with { Exists = Fact.Yes } : seen;
    }

    private static HashSet<OperationKind> Supported(Provisioner? provisioner)
    {
        var verbs = provisioner?.Status?.Capabilities ?? [];
        // A Provisioner that was not asked yet is taken for able: too much is told rather than too little.
        return verbs.Count == 0
            ? [.. Enum.GetValues<OperationKind>()]
            : [.. Enum.GetValues<OperationKind>().Where(kind => verbs.Contains(kind == OperationKind.PostLoad ? nameof(OperationKind.Load) : kind.ToString()))];
    }

    private static string Action(NodeDecision decision) => decision switch
    {
        NodeDecision.Begin begin => Verb(begin.Kind, begin),
        NodeDecision.Stall { Plan: { } plan } => $"{plan.Kind}{(plan.Image is { } image ? $" {image}" : "")}, after an approval",
        NodeDecision.Stall => "stalls",
        NodeDecision.LookAgain => "looks again",
        NodeDecision.Hold => "nothing: held",
        NodeDecision.Continue => "goes on",
        _ => "nothing",
    };

    private static string Verb(OperationKind kind, NodeDecision.Begin begin) => kind switch
    {
        OperationKind.Capture => $"Capture {begin.Capture!.ImageName}",
        OperationKind.Load => $"Load {Target(begin.Message)}",
        _ => kind.ToString(),
    };

    /// <summary>The name of the image: the message begins with it ("Loading NAME: ..." or "Loading NAME, ...").</summary>
    private static string Target(string message) => message.Split(' ', 3) is [_, var name, ..] ? name.TrimEnd(':', ',') : "";

    private static Effect EffectOf(NodeDecision decision) => decision switch
    {
        NodeDecision.Begin { Kind: OperationKind.Load or OperationKind.Unload, Plan: not null } => Effect.Destroys,
        NodeDecision.Begin or NodeDecision.Stall or NodeDecision.LookAgain => Effect.Change,
        _ => Effect.None,
    };

    private static string Why(NodeDecision decision, MachineQuestion question) => decision switch
    {
        NodeDecision.Begin begin => begin.Message,
        NodeDecision.Stall { Plan: { } plan } => $"{Reason(question)} It waits for an approval of the plan {plan.Id}.",
        NodeDecision.Stall stall => $"{stall.Reason}: {stall.Message}",
        NodeDecision.LookAgain look => $"{look.Reason}: {look.Message}",
        NodeDecision.Rest rest => rest.Message,
        NodeDecision.Hold => $"managementPolicy is {question.After.Spec.ManagementPolicy}.",
        NodeDecision.Continue => $"{question.Before!.Status!.Operation!.Kind} is under way.",
        _ => "",
    };

    /// <summary>Why what waits for an approval is wanted: what would be said if it did not wait.</summary>
    private static string Reason(MachineQuestion question)
    {
        var node = JsonSerializer.SerializeToNode(question.After, ApiJsonContext.Default.Node).Deserialize(ApiJsonContext.Default.Node)!;
        node.Spec.ChangePolicy = ChangePolicy.Automatic;
        return Decide(question, node, question.Then) is NodeDecision.Begin begin ? begin.Message : "";
    }

    /// <summary>What makes two decisions the same: what is done and for what, not the words of it.</summary>
    private static string Words(NodeDecision decision) => decision switch
    {
        NodeDecision.Begin begin => begin.Goal,
        NodeDecision.Stall stall => $"Stall {stall.Plan?.Id ?? stall.Message}",
        NodeDecision.LookAgain look => $"Look {look.Reason}",
        NodeDecision.Rest rest => $"Rest {rest.Reason}",
        _ => decision.GetType().Name,
    };

    private static bool HasSameSpec(Node before, Node after) => JsonNode.DeepEquals(Spec(before), Spec(after));

    private static JsonNode? Spec(Node node) => JsonSerializer.SerializeToNode(node, ApiJsonContext.Default.Node)!["spec"];
}
