using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Simulation.Users;

namespace Provisioning.Simulation.Machines;

/// <summary>
/// Takes one promise away from the operator, at its boundaries and so without a change to it: a check that does not notice is worthless. What each of them
/// does is what a defect of the operator would look like from outside.
/// </summary>
internal static partial class Mutants
{
    /// <summary>The API server says that the beginning of an operation is stored, and stores it only later: an operator that acts before it has recorded.</summary>
    public const string ForgetsIntent = nameof(ForgetsIntent);

    /// <summary>What could not be told of a machine is taken for "it does not exist".</summary>
    public const string Guesses = nameof(Guesses);

    /// <summary>Machines do not refuse the work of operations that newer ones have followed.</summary>
    public const string NoFence = nameof(NoFence);

    /// <summary>Status is written whatever has been written meanwhile.</summary>
    public const string NoPrecondition = nameof(NoPrecondition);

    /// <summary>Provisioners are read without their limits.</summary>
    public const string NoLimit = nameof(NoLimit);

    /// <summary>The password stands in a message.</summary>
    public const string TellsSecret = nameof(TellsSecret);

    /// <summary>Spec changes of the management policy are not seen.</summary>
    public const string IgnoresPolicy = nameof(IgnoresPolicy);

    /// <summary>A capture gives another digest than that of its file: the Image that is published is not the one that was written.</summary>
    public const string PublishesHalf = nameof(PublishesHalf);

    /// <summary>Machines are taken for those of the same name in another namespace.</summary>
    public const string TouchesForeign = nameof(TouchesForeign);

    /// <summary>All operations get the same number.</summary>
    public const string RepeatsNumbers = nameof(RepeatsNumbers);

    /// <summary>All pauses are a twentieth of a second.</summary>
    public const string Hurries = nameof(Hurries);

    /// <summary>Loads fail, and there is no limit to their attempts.</summary>
    public const string NeverGivesUp = nameof(NeverGivesUp);

    /// <summary>What is to happen in more than four seconds never happens.</summary>
    public const string Forgets = nameof(Forgets);

    /// <summary>What has just been written is taken for new with every look.</summary>
    public const string Restless = nameof(Restless);

    /// <summary>Every Stalled has the reason that the Image does not exist.</summary>
    public const string GivesFalseReasons = nameof(GivesFalseReasons);

    /// <summary>Every Node is shown as Ready.</summary>
    public const string ClaimsReady = nameof(ClaimsReady);

    /// <summary>Nothing is taken away: no check may find anything.</summary>
    public const string Harmless = nameof(Harmless);

    /// <summary>Each, with a part of what the check that it is made for says.</summary>
    private static readonly Dictionary<string, string> Symptoms = new(StringComparer.Ordinal)
    {
        [ForgetsIntent] = "which nobody has recorded",
        [Guesses] = "it could not be told whether the machine exists",
        [NoFence] = "happened twice on lab/",
        [NoPrecondition] = " is under way",
        [NoLimit] = "whose limit was never above",
        [TellsSecret] = "a secret is in the",
        [IgnoresPolicy] = ", whose managementPolicy is",
        [PublishesHalf] = "is published and its file",
        [TouchesForeign] = "happened on other/",
        [RepeatsNumbers] = "which was given before",
        [Hurries] = "more than ",
        [NeverGivesUp] = "loads of one thing have failed",
        [Forgets] = "not settled ",
        [Restless] = "at rest ",
        [GivesFalseReasons] = "and the Image exists",
        [ClaimsReady] = "is Ready, and ",
    };

    private static readonly TimeSpan Long = TimeSpan.FromSeconds(4);

    private static long s_sequence = 1_000_000;

    public static IReadOnlyList<string> All => [.. Symptoms.Keys, .. MoreSymptoms.Keys];

    public static string Symptom(string mutant) => Symptoms.GetValueOrDefault(mutant) ?? MoreSymptoms.GetValueOrDefault(mutant, "");

    public static Observation Look(string? mutant, Observation seen) =>
        mutant == Guesses && seen.Exists.IsUnknown ? seen with { Exists = Fact.No } : Misread(mutant, seen);

    public static OperationContext Call(string? mutant, OperationContext context) => mutant switch
    {
        NoFence => context with { Operation = context.Operation with { Sequence = Interlocked.Increment(ref s_sequence) } },
        TouchesForeign => context with { Node = context.Node with { Namespace = "other" } },
        _ => context,
    };

    public static OperationOutcome Answer(string? mutant, OperationContext context, OperationOutcome outcome) => mutant switch
    {
        TellsSecret when context.Node.Credentials?.Password is { } password => outcome with { Message = $"{outcome.Message} Logged in with {password.Reveal()}." },
        PublishesHalf when outcome.CapturedImage is { } captured => outcome with { CapturedImage = captured with { Digest = Samples.Digest("half of it") } },
        NeverGivesUp when context.Operation.Kind == OperationKind.Load => OperationOutcome.Failed(Reasons.CommandFailed, "The load failed."),
        _ => Misunderstand(mutant, context, outcome),
    };

    /// <summary>When a timer of an operator fires.</summary>
    public static TimeSpan Due(string? mutant, TimeSpan due) => mutant switch
    {
        Hurries when due > TimeSpan.FromSeconds(0.05) => TimeSpan.FromSeconds(0.05),
        Forgets when due > Long => Timeout.InfiniteTimeSpan,
        _ => due,
    };

    /// <summary>Changes what an operator sends.</summary>
    public static JsonObject Body(string? mutant, JsonObject body)
    {
        switch (mutant)
        {
            case NoPrecondition when body["metadata"] is JsonObject metadata:
                metadata.Remove("resourceVersion");
                break;
            case RepeatsNumbers when (body["status"]?["operation"] as JsonObject)?.ContainsKey("sequence") == true:
                body["status"]!["operation"]!["sequence"] = 1;
                body["status"]!["operationSequence"] = 1;
                break;
            case GivesFalseReasons when Condition(body, "Stalled") is { } stalled:
                stalled["reason"] = Reasons.ImageNotFound;
                break;
            case ClaimsReady when Condition(body, "Ready") is { } ready:
                ready["status"] = "True";
                break;
        }

        return Rewrite(mutant, body);
    }

    /// <summary>Changes what an operator reads.</summary>
    public static string Object(string? mutant, string json) => mutant switch
    {
        NoLimit when json.Contains("\"concurrentOperations\"", StringComparison.Ordinal) => Limit().Replace(json, "\"concurrentOperations\":1000"),
        NeverGivesUp when json.Contains("\"attempts\"", StringComparison.Ordinal) => Attempts().Replace(json, "\"attempts\":20"),
        IgnoresPolicy => json.Replace("\"managementPolicy\":\"Observe\"", "\"managementPolicy\":\"Manage\"", StringComparison.Ordinal).Replace("\"managementPolicy\":\"Paused\"", "\"managementPolicy\":\"Manage\"", StringComparison.Ordinal),
        Restless when json.Contains("\"observedGeneration\"", StringComparison.Ordinal) => Generation().Replace(json, "\"observedGeneration\":0"),
        _ => Reread(mutant, json),
    };

    private static JsonNode? Condition(JsonObject body, string type) =>
        (body["status"]?["conditions"] as JsonArray)?.FirstOrDefault(condition => (string?)condition!["type"] == type);

    [GeneratedRegex("\"attempts\":[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Attempts();

    [GeneratedRegex("\"observedGeneration\":[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Generation();

    [GeneratedRegex("\"concurrentOperations\":[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Limit();
}
