using Provisioning.Api.Provisioners;
using Provisioning.Engines.Operations;
using Provisioning.Engines.Targets;
using Provisioning.Ssh.Jobs;

namespace Provisioning.Engines.XCat.Machines;

/// <summary>A node of xCAT as the machine of a Node, and the places of its records on the management node. All follows from its name in xCAT.</summary>
internal sealed class ManagedNode(XCatSpec spec, NodeTarget node)
{
    public string Name => node.MachineName;

    public string Directory => $"{spec.WorkDirectory}/nodes/{Name}";

    public string OwnerPath => $"{Directory}/owner";

    public string FenceFile => $"{spec.WorkDirectory}/.fences/{Name}";

    /// <summary>Who a claim names.</summary>
    public string Owner => $"{spec.Installation}/{node.Namespace}/{node.Name}";

    public JobScope Scope(OperationContext operation) => new(Directory, FenceFile, operation.Node.Uid, operation.Operation.Sequence, operation.Operation.Id);
}
