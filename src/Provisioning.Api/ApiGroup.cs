namespace Provisioning.Api;

/// <summary>Names that belong to the API group as a whole.</summary>
public static class ApiGroup
{
    /// <summary>The API group.</summary>
    public const string Name = "provisioning.dev";

    /// <summary>The version of the API.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version as objects carry it.</summary>
    public const string ApiVersion = Name + "/" + Version;

    /// <summary>The category of all kinds: <c>kubectl get provisioning</c>.</summary>
    public const string Category = "provisioning";

    /// <summary>The finalizer that the operator puts on its objects.</summary>
    public const string Finalizer = Name + "/finalizer";

    /// <summary>The annotation of an Image that names the ImageCapture that made it.</summary>
    public const string CapturedBy = Name + "/captured-by";
}
