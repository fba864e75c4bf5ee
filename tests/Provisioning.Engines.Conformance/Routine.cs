namespace Provisioning.Engines.Conformance;

/// <summary>The rows of the conformance table: the routines of the specification, and what must hold for all of them.</summary>
public static class Routine
{
    public const string NodeStatus = "node_status";
    public const string Load = "load";
    public const string PostLoad = "post_load";
    public const string Capture = "capture";
    public const string PowerOn = "power_on";
    public const string PowerOff = "power_off";
    public const string PowerReset = "power_reset";
    public const string CurrentImage = "get_current_image";
    public const string ImageSize = "get_image_size, does_image_exist";
    public const string RetrieveImage = "retrieve_image";
    public const string DeleteImage = "delete_image";
    public const string Unload = "unload";
    public const string Abandon = "abandon";
    public const string Fencing = "fencing";
    public const string Crashes = "killed and resumed";
    public const string Cancellation = "cancelled and resumed";
    public const string Faults = "unknown is not no";
    public const string Neighbours = "two Nodes apart";
    public const string Secrets = "secrets kept";
}
