using System.Text;
using System.Text.Json.Nodes;
using Provisioning.Api;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;

namespace Provisioning.Simulation.Machines;

/// <content>Those for what is wanted of a machine, and for what is told of it.</content>
internal static partial class Mutants
{
    /// <summary>Whoever wants a machine on is taken to want it off.</summary>
    public const string SwitchesOff = nameof(SwitchesOff);

    /// <summary>Whoever wants a machine off is taken to want it on.</summary>
    public const string SwitchesOn = nameof(SwitchesOn);

    /// <summary>A machine that is off is taken for one that is on.</summary>
    public const string TakesOffForOn = nameof(TakesOffForOn);

    /// <summary>A machine that is on is taken for one that is off.</summary>
    public const string TakesOnForOff = nameof(TakesOnForOff);

    /// <summary>That an ImageCapture is deleted is not seen.</summary>
    public const string CapturesForNobody = nameof(CapturesForNobody);

    /// <summary>ImageCaptures that were told their end are listed as if they had never begun: whoever comes next begins them again.</summary>
    public const string ForgetsEnds = nameof(ForgetsEnds);

    /// <summary>An ImageCapture is told its end as soon as it has begun.</summary>
    public const string EndsEarly = nameof(EndsEarly);

    /// <summary>Which token was handled is not recorded.</summary>
    public const string ResetsAgain = nameof(ResetsAgain);

    /// <summary>That a Node is paused or only observed is not seen while it has an operation.</summary>
    public const string GoesOnThoughHeld = nameof(GoesOnThoughHeld);

    /// <summary>Every Stalled has the reason that all attempts failed.</summary>
    public const string ClaimsExhausted = nameof(ClaimsExhausted);

    /// <summary>Every Stalled has the reason that nobody knows whether the machine was reset.</summary>
    public const string ClaimsDoubt = nameof(ClaimsDoubt);

    /// <summary>Every Stalled has the reason that a load was not finished.</summary>
    public const string ClaimsIncomplete = nameof(ClaimsIncomplete);

    /// <summary>Every Stalled has the reason that the host's disk is full, and the next attempt with it.</summary>
    public const string BlamesDisk = nameof(BlamesDisk);

    /// <summary>Every capture that failed has the reason that the host's disk is full.</summary>
    public const string BlamesDiskForCaptures = nameof(BlamesDiskForCaptures);

    /// <summary>A finalizer comes with another power state.</summary>
    public const string WritesSpec = nameof(WritesSpec);

    /// <summary>Another file is deleted than that of the Image.</summary>
    public const string DeletesForeignFile = nameof(DeletesForeignFile);

    /// <summary>The password stands in a message, in base64.</summary>
    public const string TellsEncodedSecret = nameof(TellsEncodedSecret);

    /// <summary>Loads of one Node fail for ever, and beside it all others are taken for new with every look.</summary>
    public const string RestlessBesides = nameof(RestlessBesides);

    /// <summary>A mark in a Node is shown at once by every watch, and what was written before it when it comes: who takes over acts on an old cache, as if it had not waited.</summary>
    public const string ShowsMarksFirst = nameof(ShowsMarksFirst);

    private static readonly Dictionary<string, string> MoreSymptoms = new(StringComparer.Ordinal)
    {
        [SwitchesOff] = "nobody wants it off",
        [SwitchesOn] = "nobody wants it on",
        [TakesOffForOn] = "the machine was not seen to be on",
        [TakesOnForOff] = "the machine was not seen to be off",
        [CapturesForNobody] = " is over",
        [ForgetsEnds] = " was told its end ",
        [EndsEarly] = " is told its end while ",
        [ResetsAgain] = "was reset once more",
        [ClaimsExhausted] = "and it was not tried so often",
        [ClaimsDoubt] = "and no reset for this token was given up",
        [ClaimsIncomplete] = "and the last load was finished",
        [BlamesDisk] = "and the machine has not said so of the last operation",
        [BlamesDiskForCaptures] = "and the machine has not said so",
        [WritesSpec] = "has changed the spec of",
        [DeletesForeignFile] = "the foreign image file",
        [TellsEncodedSecret] = "a secret is in the",
        [RestlessBesides] = "at rest ",
        [GoesOnThoughHeld] = " that its managementPolicy is ",
        [ShowsMarksFirst] = "not settled ",
    };

    /// <summary>What an event of a watch says has happened.</summary>
    public static string Event(string? mutant, string kind, string type) => mutant == CapturesForNobody && kind == "ImageCapture" && type == "DELETED" ? "MODIFIED" : type;

    private const string Failing = "n1";

    private static Observation Misread(string? mutant, Observation seen) => mutant switch
    {
        TakesOffForOn when seen.Power.Value == PowerValue.Off => seen with { Power = PowerReading.On },
        TakesOnForOff when seen.Power.Value == PowerValue.On => seen with { Power = PowerReading.Off },
        _ => seen,
    };

    private static OperationOutcome Misunderstand(string? mutant, OperationContext context, OperationOutcome outcome) => mutant switch
    {
        TellsEncodedSecret when context.Node.Credentials?.Password is { } password => outcome with { Message = $"{outcome.Message} Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"root:{password.Reveal()}"))}" },
        RestlessBesides when context is { Node.Name: Failing, Operation.Kind: OperationKind.Load } => OperationOutcome.Failed(Reasons.CommandFailed, "The load failed.", FailureKind.NeedsPerson),
        _ => outcome,
    };

    /// <summary>The image whose file is deleted.</summary>
    public static ImageTarget Delete(string? mutant, ImageTarget image) =>
        mutant == DeletesForeignFile ? image with { FileName = MachineFaults.ForeignFile, Digest = MachineFaults.ForeignFileDigest } : image;

    /// <summary>Changes what an operator writes of a Node, but for its status.</summary>
    public static JsonObject MainBody(string? mutant, JsonObject body)
    {
        if (mutant == WritesSpec)
            body["spec"] = new JsonObject { ["powerState"] = nameof(PowerState.PoweredOn) };
        return body;
    }

    private static JsonObject Rewrite(string? mutant, JsonObject body)
    {
        switch (mutant)
        {
            case ResetsAgain when body["status"] is JsonObject status:
                status.Remove("handledPowerResetToken");
                break;
            case ClaimsExhausted or ClaimsDoubt or ClaimsIncomplete or BlamesDisk when Condition(body, "Stalled") is { } stalled:
                stalled["reason"] = mutant switch
                {
                    ClaimsExhausted => Reasons.AttemptsExhausted,
                    ClaimsDoubt => Reasons.OutcomeUnknown,
                    ClaimsIncomplete => Reasons.LoadIncomplete,
                    _ => Reasons.DiskFull,
                };
                break;
        }

        return body;
    }

    /// <summary>Changes what an operator writes of a capture.</summary>
    public static JsonObject CaptureBody(string? mutant, JsonObject body)
    {
        if (mutant == BlamesDiskForCaptures && body["status"]?["finishedTime"] is not null && Condition(body, "Ready") is { } ready && (string?)ready["status"] == "False")
            ready["reason"] = Reasons.DiskFull;
        if (mutant == EndsEarly && body["status"]?["startedTime"] is { } started)
            body["status"]!["finishedTime"] = started.DeepClone();
        return body;
    }

    private static string Reread(string? mutant, string json) => mutant switch
    {
        SwitchesOff => json.Replace("\"powerState\":\"PoweredOn\"", "\"powerState\":\"PoweredOff\"", StringComparison.Ordinal),
        SwitchesOn => json.Replace("\"powerState\":\"PoweredOff\"", "\"powerState\":\"PoweredOn\"", StringComparison.Ordinal),
        RestlessBesides => Each(json, static entity =>
        {
            if ((string?)entity["metadata"]?["name"] != Failing && (entity["status"] as JsonObject)?["observedGeneration"] is not null)
                entity["status"]!["observedGeneration"] = 0;
        }),
        ForgetsEnds when json.Contains("\"items\"", StringComparison.Ordinal) && json.Contains("\"finishedTime\"", StringComparison.Ordinal) => Each(json, static entity =>
        {
            if ((string?)entity["kind"] == "ImageCapture" && (entity["status"] as JsonObject)?["finishedTime"] is not null)
                entity.Remove("status");
        }),
        GoesOnThoughHeld => Each(json, static entity =>
        {
            if ((entity["status"] as JsonObject)?["operation"] is not null && entity["spec"]?["managementPolicy"] is not null)
                entity["spec"]!["managementPolicy"] = nameof(ManagementPolicy.Manage);
        }),
        _ => json,
    };

    /// <summary>Changes each object of a list, or the one that there is.</summary>
    private static string Each(string json, Action<JsonObject> change)
    {
        if (JsonNode.Parse(json) is not JsonObject root)
            return json;
        foreach (var entity in root["items"] is JsonArray items ? items.OfType<JsonObject>() : [root])
            change(entity);
        return root.ToJsonString();
    }
}
