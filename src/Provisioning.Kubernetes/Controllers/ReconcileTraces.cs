using System.Diagnostics;

namespace Provisioning.Kubernetes.Controllers;

/// <summary>One span for each reconcile, where somebody listens.</summary>
public static class ReconcileTraces
{
    /// <summary>Name of the source.</summary>
    public const string SourceName = "Provisioning.Kubernetes";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? Begin(string controller, NamespacedName key, Guid reconcileId) => Source.HasListeners()
        ? Source.StartActivity(
            ActivityKind.Internal,
            tags: [new("controller", controller), new("k8s.namespace.name", key.Namespace), new("k8s.object.name", key.Name), new("reconcile.id", reconcileId.ToString())],
            name: $"reconcile {controller}")
        : null;

    internal static void End(Activity? activity, string result, Exception? failure)
    {
        if (activity is null)
            return;
        activity.SetTag("result", result);
        // The type alone: messages may quote what a machine or a person wrote.
        if (failure is not null)
            activity.SetStatus(ActivityStatusCode.Error, failure.GetType().Name);
    }
}
