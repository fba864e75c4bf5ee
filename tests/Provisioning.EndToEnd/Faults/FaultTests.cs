namespace Provisioning.EndToEnd.Faults;

/// <summary>Test classes that break the VM host of the <see cref="Bed.TestBed"/>, one after the other, and share a machine on it.</summary>
[CollectionDefinition(Name)]
public sealed class FaultTests : ICollectionFixture<BareMachineFixture>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "faults of the VM host";
}
