namespace Provisioning.EndToEnd.Faults;

/// <summary>
/// Test classes that break the VM host of the <see cref="Bed.TestBed"/>, one after the other, and share a machine on it. Those that only take a lab there belong to them: where a lab
/// begins or ends the host is mended, which would take the faults of others away.
/// </summary>
[CollectionDefinition(Name)]
public sealed class FaultTests : ICollectionFixture<BareMachineFixture>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "faults of the VM host";
}
