using Provisioning.Kubernetes.Events;

namespace Provisioning.Operator.Nodes;

/// <summary>Something that happened to a Node and is told when the status that says so is written.</summary>
/// <param name="Type">Normal or Warning.</param>
/// <param name="Reason">A word of <see cref="Api.Reasons"/>.</param>
/// <param name="Action">What the operator did.</param>
/// <param name="Message">For people.</param>
internal sealed record NodeEvent(EventType Type, string Reason, string Action, string Message);
