using Provisioning.Api.Nodes;

namespace Provisioning.Engines.Conformance;

/// <summary>The rows of the conformance table: the routines of the specification, and what must hold for all of them.</summary>
public static class Routine
{
    /// <summary>Facts about a machine.</summary>
    public const string NodeStatus = "node_status";

    /// <summary>Puts an image on a machine.</summary>
    public const string Load = "load";

    /// <summary>Configures what is on it.</summary>
    public const string PostLoad = "post_load";

    /// <summary>Turns a machine into an image.</summary>
    public const string Capture = "capture";

    /// <summary>Powers on.</summary>
    public const string PowerOn = "power_on";

    /// <summary>Powers off.</summary>
    public const string PowerOff = "power_off";

    /// <summary>Resets.</summary>
    public const string PowerReset = "power_reset";

    /// <summary>Reads the image from the machine.</summary>
    public const string CurrentImage = "get_current_image";

    /// <summary>Looks an image up in the library.</summary>
    public const string ImageSize = "get_image_size, does_image_exist";

    /// <summary>Fetches an image from elsewhere.</summary>
    public const string RetrieveImage = "retrieve_image";

    /// <summary>Deletes an image.</summary>
    public const string DeleteImage = "delete_image";

    /// <summary>Empties a machine.</summary>
    public const string Unload = "unload";

    /// <summary>Stops an operation and removes what it left.</summary>
    public const string Abandon = "abandon";

    /// <summary>An older operator stays out.</summary>
    public const string Fencing = "fencing";

    /// <summary>Killed at any step, and gone on with.</summary>
    public const string Crashes = "killed and resumed";

    /// <summary>Cancelled at any step, and gone on with.</summary>
    public const string Cancellation = "cancelled and resumed";

    /// <summary>Endpoints that do not answer, refuse, or answer nonsense.</summary>
    public const string Faults = "unknown is never no";

    /// <summary>Machines of one endpoint.</summary>
    public const string Neighbours = "Nodes apart";

    /// <summary>No secret gets out.</summary>
    public const string Secrets = "secrets kept";

    /// <summary>Every row, in the order of the table, with the capability that it needs, if it is a verb of its own.</summary>
    public static IReadOnlyList<(string Name, EngineCapabilities Needs)> All { get; } =
    [
        (NodeStatus, EngineCapabilities.None),
        (Load, EngineCapabilities.Load),
        (PostLoad, EngineCapabilities.Load),
        (Capture, EngineCapabilities.Capture),
        (PowerOn, EngineCapabilities.PowerOn),
        (PowerOff, EngineCapabilities.PowerOff),
        (PowerReset, EngineCapabilities.PowerReset),
        (CurrentImage, EngineCapabilities.None),
        (ImageSize, EngineCapabilities.Images),
        (RetrieveImage, EngineCapabilities.RetrieveImage),
        (DeleteImage, EngineCapabilities.DeleteImage),
        (Unload, EngineCapabilities.Unload),
        (Abandon, EngineCapabilities.None),
        (Fencing, EngineCapabilities.None),
        (Crashes, EngineCapabilities.None),
        (Cancellation, EngineCapabilities.None),
        (Faults, EngineCapabilities.None),
        (Neighbours, EngineCapabilities.None),
        (Secrets, EngineCapabilities.None),
    ];

    /// <summary>The row of a verb.</summary>
    public static string Of(OperationKind kind) => kind switch
    {
        OperationKind.Load => Load,
        OperationKind.PostLoad => PostLoad,
        OperationKind.Capture => Capture,
        OperationKind.PowerOn => PowerOn,
        OperationKind.PowerOff => PowerOff,
        OperationKind.PowerReset => PowerReset,
        OperationKind.Unload => Unload,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown operation."),
    };
}
