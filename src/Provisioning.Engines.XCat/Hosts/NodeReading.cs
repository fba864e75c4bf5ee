using Provisioning.Api.Machines;
using Provisioning.Engines.XCat.Machines;
using Provisioning.Engines.XCat.Parsing;

namespace Provisioning.Engines.XCat.Hosts;

/// <summary>What one look at the management node found about one node.</summary>
internal sealed record NodeReading
{
    /// <summary>What was unexpected, so that nothing is known; null for a valid reading.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether xCAT certainly does not know the node.</summary>
    public bool IsUndefined { get; init; }

    /// <summary>Its attributes; null if it is undefined or they could not be read.</summary>
    public NodeDefinition? Definition { get; init; }

    /// <summary>Its power.</summary>
    public required PowerReading Power { get; init; }

    /// <summary>Who claimed it; null if nobody did.</summary>
    public string? Owner { get; init; }

    /// <summary>What is remembered of it; null if nothing is.</summary>
    public NodeRecord? Record { get; init; }

    /// <summary>The operation that has the node set to boot from the network; null if none has.</summary>
    public string? Deployment { get; init; }

    /// <summary>What the watch saw of the deployment, oldest first.</summary>
    public IReadOnlyList<string> Seen { get; init; } = [];

    public bool Running => Power.Value == PowerValue.On;

    /// <summary>The record of what is on the machine, if a load came to its end there.</summary>
    public NodeRecord? Loaded => Record is { Loaded: true } record ? record : null;
}
