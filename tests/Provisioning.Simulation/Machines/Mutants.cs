using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Provisioning.Api.Machines;
using Provisioning.Engines.Operations;

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

    public static readonly IReadOnlyList<string> All = [ForgetsIntent, Guesses, NoFence, NoPrecondition, NoLimit, TellsSecret, IgnoresPolicy];

    private static long s_sequence = 1_000_000;

    public static Observation Look(string? mutant, Observation seen) =>
        mutant == Guesses && seen.Exists.IsUnknown ? seen with { Exists = Fact.No } : seen;

    public static OperationContext Fence(string? mutant, OperationContext context)
    {
        if (mutant != NoFence)
            return context;
        var operation = context.Operation with { Sequence = Interlocked.Increment(ref s_sequence) };
        return context with { Operation = operation };
    }

    public static OperationOutcome Answer(string? mutant, OperationContext context, OperationOutcome outcome) =>
        mutant == TellsSecret && context.Node.Credentials?.Password is { } password
            ? outcome with { Message = $"{outcome.Message} Logged in with {password.Reveal()}." }
            : outcome;

    /// <summary>Changes what an operator sends.</summary>
    public static JsonObject Body(string? mutant, JsonObject body)
    {
        if (mutant == NoPrecondition && body["metadata"] is JsonObject metadata)
            metadata.Remove("resourceVersion");
        return body;
    }

    /// <summary>Changes what an operator reads.</summary>
    public static string Object(string? mutant, string json) => mutant switch
    {
        NoLimit when json.Contains("\"concurrentOperations\"", StringComparison.Ordinal) => Limit().Replace(json, "\"concurrentOperations\":1000"),
        IgnoresPolicy => json.Replace("\"managementPolicy\":\"Observe\"", "\"managementPolicy\":\"Manage\"", StringComparison.Ordinal).Replace("\"managementPolicy\":\"Paused\"", "\"managementPolicy\":\"Manage\"", StringComparison.Ordinal),
        _ => json,
    };

    [GeneratedRegex("\"concurrentOperations\":[0-9]+", RegexOptions.None, 1000)]
    private static partial Regex Limit();
}
