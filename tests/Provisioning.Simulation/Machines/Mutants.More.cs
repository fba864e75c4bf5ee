using System.Text.Json.Nodes;
using Provisioning.Api.Machines;
using Provisioning.Api.Nodes;
using Provisioning.Engines.Operations;

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

    /// <summary>That a capture is finished is not seen.</summary>
    public const string CapturesAgain = nameof(CapturesAgain);

    /// <summary>Which token was handled is not recorded.</summary>
    public const string ResetsAgain = nameof(ResetsAgain);

    /// <summary>That a Node is paused or only observed is not seen while it has an operation.</summary>
    public const string GoesOnThoughHeld = nameof(GoesOnThoughHeld);

    private static readonly Dictionary<string, string> MoreSymptoms = new(StringComparer.Ordinal)
    {
        [SwitchesOff] = "nobody wants it off",
        [SwitchesOn] = "nobody wants it on",
        [TakesOffForOn] = "the machine was not seen to be on",
        [TakesOnForOff] = "the machine was not seen to be off",
        [CapturesAgain] = " is over",
        [ResetsAgain] = "was reset once more",
        [GoesOnThoughHeld] = " that its managementPolicy is ",
    };

    private static Observation Misread(string? mutant, Observation seen) => mutant switch
    {
        TakesOffForOn when seen.Power.Value == PowerValue.Off => seen with { Power = PowerReading.On },
        TakesOnForOff when seen.Power.Value == PowerValue.On => seen with { Power = PowerReading.Off },
        _ => seen,
    };

    private static OperationOutcome Misunderstand(string? mutant, OperationContext context, OperationOutcome outcome) => outcome;

    private static JsonObject Rewrite(string? mutant, JsonObject body)
    {
        switch (mutant)
        {
            case ResetsAgain when body["status"] is JsonObject status:
                status.Remove("handledPowerResetToken");
                break;
        }

        return body;
    }

    private static string Reread(string? mutant, string json) => mutant switch
    {
        SwitchesOff => json.Replace("\"powerState\":\"PoweredOn\"", "\"powerState\":\"PoweredOff\"", StringComparison.Ordinal),
        SwitchesOn => json.Replace("\"powerState\":\"PoweredOff\"", "\"powerState\":\"PoweredOn\"", StringComparison.Ordinal),
        CapturesAgain => Each(json, static entity =>
        {
            if ((string?)entity["kind"] == "ImageCapture")
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
