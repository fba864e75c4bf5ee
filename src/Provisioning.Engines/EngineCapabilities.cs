using Provisioning.Api.Nodes;

namespace Provisioning.Engines;

/// <summary>The verbs that an engine really has. One that it lacks is answered <see cref="Operations.OperationOutcome.NotSupported"/>, never with success.</summary>
[Flags]
public enum EngineCapabilities
{
    /// <summary>Only looking.</summary>
    None = 0,

    /// <summary>Puts images on machines.</summary>
    Load = 1 << 0,

    /// <summary>Turns machines into images.</summary>
    Capture = 1 << 1,

    /// <summary>Powers on.</summary>
    PowerOn = 1 << 2,

    /// <summary>Powers off.</summary>
    PowerOff = 1 << 3,

    /// <summary>Resets.</summary>
    PowerReset = 1 << 4,

    /// <summary>Reads the power state.</summary>
    PowerState = 1 << 5,

    /// <summary>Empties machines.</summary>
    Unload = 1 << 6,

    /// <summary>Has an image library: existence and size of images.</summary>
    Images = 1 << 7,

    /// <summary>Fetches images from elsewhere.</summary>
    RetrieveImage = 1 << 8,

    /// <summary>Deletes images.</summary>
    DeleteImage = 1 << 9,
}

/// <summary>Relates operations to capabilities.</summary>
public static class EngineCapabilitiesExtensions
{
    /// <summary>The capability that an operation needs.</summary>
    public static EngineCapabilities Required(this OperationKind kind) => kind switch
    {
        OperationKind.Load or OperationKind.PostLoad => EngineCapabilities.Load,
        OperationKind.Capture => EngineCapabilities.Capture,
        OperationKind.PowerOn => EngineCapabilities.PowerOn,
        OperationKind.PowerOff => EngineCapabilities.PowerOff,
        OperationKind.PowerReset => EngineCapabilities.PowerReset,
        OperationKind.Unload => EngineCapabilities.Unload,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown operation."),
    };
}
