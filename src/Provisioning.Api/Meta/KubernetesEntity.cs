namespace Provisioning.Api.Meta;

/// <summary>Any Kubernetes object that the operator reads or writes.</summary>
public interface IKubernetesEntity
{
    /// <summary>Group and version, for example provisioning.dev/v1alpha1.</summary>
    string ApiVersion { get; set; }

    /// <summary>Kind, for example Node.</summary>
    string Kind { get; set; }

    /// <summary>Standard object metadata.</summary>
    ObjectMeta Metadata { get; set; }
}

/// <summary>A custom resource with a desired and an observed state.</summary>
/// <typeparam name="TSpec">Desired state; written by users only.</typeparam>
/// <typeparam name="TStatus">Observed state; written by the operator only, through the status subresource.</typeparam>
public abstract class CustomKubernetesEntity<TSpec, TStatus> : IKubernetesEntity
    where TSpec : new()
    where TStatus : class
{
    /// <inheritdoc/>
    public string ApiVersion { get; set; } = ApiGroup.ApiVersion;

    /// <inheritdoc/>
    public abstract string Kind { get; set; }

    /// <inheritdoc/>
    public ObjectMeta Metadata { get; set; } = new();

    /// <summary>The desired state.</summary>
    public TSpec Spec { get; set; } = new();

    /// <summary>The observed state; null until the operator has seen the object.</summary>
    public TStatus? Status { get; set; }
}
