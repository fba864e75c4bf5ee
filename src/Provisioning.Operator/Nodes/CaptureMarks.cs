using Provisioning.Api.Nodes;

namespace Provisioning.Operator.Nodes;

/// <summary>
/// What captures wrote into a machine in place of the identity of its image. A capture marks the record when it begins; one that fails may or may not have come to prepare the machine, so the marks of
/// those before it are kept as well, or a machine that tells the truth would be taken for one that contradicts its record. Pure.
/// </summary>
internal static class CaptureMarks
{
    private const string Mark = "identityMark";

    // The schema takes no more.
    private const int MostBefore = 8;

    /// <summary>The identity that a capture writes, as a value of its operation: with it the operation says that it has marked the record.</summary>
    public static OperationValue ToValue(string identity) => new() { Name = Mark, Value = identity };

    /// <summary>A capture that prepares the machine begins.</summary>
    public static LoadedImage Add(LoadedImage loaded, string identity) => loaded with
    {
        PreparedForCapture = identity,
        PreparedBefore = loaded.PreparedForCapture is { } last ? [.. (loaded.PreparedBefore ?? []).Prepend(last).Distinct().Take(MostBefore)] : loaded.PreparedBefore,
    };

    /// <summary>A capture ended without having touched the machine: what it carried before it carries still.</summary>
    public static LoadedImage TakeBack(LoadedImage loaded, OperationStatus operation) => operation.Values.All(value => value.Name != Mark) ? loaded : loaded with
    {
        PreparedForCapture = loaded.PreparedBefore?.FirstOrDefault(),
        PreparedBefore = loaded.PreparedBefore is { Count: > 1 } before ? [.. before.Skip(1)] : null,
    };

    /// <summary>A capture succeeded: the machine carries its identity and no other.</summary>
    public static LoadedImage Settle(LoadedImage loaded, OperationStatus operation) => operation.Values.All(value => value.Name != Mark) ? loaded : loaded with { PreparedBefore = null };
}
