using Provisioning.Api.Meta;
using Provisioning.Api.Schema;

namespace Provisioning.Api.Nodes;

/// <summary>
/// One machine, or another resource, that is kept as declared: which disk image is on it, and whether it is powered.
/// Write its full name, nodes.provisioning.dev, or the short name pn: plain "nodes" is the core kind of Kubernetes.
/// </summary>
[KubernetesEntity("Node", "nodes", "pn")]
[PrinterColumn("Ready", "string", ".status.conditions[?(@.type=='Ready')].status", Description = "Whether the machine is as declared.")]
[PrinterColumn("Reason", "string", ".status.conditions[?(@.type=='Ready')].reason", Description = "Why, in one word; the message says more.")]
[PrinterColumn("Desired Image", "string", ".spec.imageRef.name", Description = "The image that should be on the machine.")]
[PrinterColumn("Current Image", "string", ".status.currentImage", Description = "The image that is on the machine, as last verified; empty while one is loaded.")]
[PrinterColumn("Power", "string", ".status.power", Description = "Power state as last read.")]
[PrinterColumn("Operation", "string", ".status.operation.kind", Description = "The operation under way.")]
[PrinterColumn("Step", "string", ".status.operation.step", Description = "The step of the operation that is under way.")]
[PrinterColumn("Progress", "integer", ".status.operation.progressPercent", Description = "Progress of the operation in percent.")]
[PrinterColumn("Provisioner", "string", ".spec.provisionerRef.name", Priority = 1, Description = "The provisioner of the machine.")]
[PrinterColumn("Message", "string", ".status.conditions[?(@.type=='Ready')].message", Priority = 1, Description = "Why it is ready or not.")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
[Cel("size(self.metadata.name) <= 63", "must have a name of at most 63 characters: hosts derive file and domain names from it")]
public sealed class Node : CustomKubernetesEntity<NodeSpec, NodeStatus>
{
    /// <inheritdoc/>
    public override string Kind { get; set; } = "Node";
}
