using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Engines.Targets;

namespace Provisioning.Engines.Operations;

/// <summary>One durable operation as an engine sees it.</summary>
public sealed record OperationContext
{
    /// <summary>The Node.</summary>
    public required NodeTarget Node { get; init; }

    /// <summary>The operation as last recorded: id, sequence (the fence), step and values. Engines read it and answer with an outcome; they never change it.</summary>
    public required OperationStatus Operation { get; init; }

    /// <summary>The image to load, for Load; the desired image, if any, for PostLoad.</summary>
    public ImageTarget? Image { get; init; }

    /// <summary>What to capture into, for Capture.</summary>
    public CaptureTarget? Capture { get; init; }

    /// <summary>How long things may take.</summary>
    public required ProvisionerTimeouts Timeouts { get; init; }

    /// <summary>A value that an earlier step recorded, or null.</summary>
    public string? Value(string name)
    {
        foreach (var value in Operation.Values)
        {
            if (value.Name == name)
                return value.Value;
        }

        return null;
    }
}
