namespace Provisioning.OperatingSystems.Tests;

internal static class Identities
{
    public static readonly DateTimeOffset Time = new(2024, 5, 6, 9, 8, 9, TimeSpan.FromHours(2));

    public static CaptureIdentity Capture { get; } = new()
    {
        ImageName = "golden",
        RevisionId = "golden@3",
        OperationId = "capture-1",
        NodeNamespace = "labs",
        NodeName = "node-1",
        Time = Time,
    };

    public static LoadIdentity Load { get; } = new()
    {
        ImageName = "golden",
        RevisionId = "golden@3",
        Digest = "sha256:" + new string('a', 64),
        OperationId = "load-1",
        LoadOperationId = "load-1",
        NodeNamespace = "labs",
        NodeName = "node-1",
        Hostname = "clone-1.example",
        Time = Time,
        RecordedHostKeys = [],
    };
}
