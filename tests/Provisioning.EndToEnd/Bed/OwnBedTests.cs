namespace Provisioning.EndToEnd.Bed;

/// <summary>Test classes that share an <see cref="OwnBed"/>, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class OwnBedTests : ICollectionFixture<OwnBed>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "own bed";
}
