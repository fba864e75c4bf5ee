using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;

namespace Provisioning.Api.Validation;

/// <summary>
/// Checks in code what needs more than one field, because API servers before Kubernetes 1.25 ignore the CEL rules of the CRDs and no schema can say
/// some of it. What a single field may hold (patterns, ranges, lengths) every API server checks by the schema; it is not repeated here.
/// Each answer is a list of sentences "spec.x must ..., because ..." for the user; an empty list means that the object can be used.
/// </summary>
public static class SpecValidator
{
    /// <summary>Longest name of a Node. Hosts derive file and domain names from it.</summary>
    public const int LongestNodeName = 63;

    /// <summary>Checks a Node with its name.</summary>
    public static IReadOnlyList<string> Validate(Node node) =>
        node.Metadata.Name.Length > LongestNodeName
            ? [$"metadata.name must have at most {LongestNodeName} characters, because hosts derive file and domain names from it; delete this Node and create one with a shorter name.", .. Validate(node.Spec)]
            : Validate(node.Spec);

    /// <summary>Checks the spec of a Node.</summary>
    public static IReadOnlyList<string> Validate(NodeSpec spec) =>
        [.. OperatingSystem(spec.OperatingSystem), .. Interfaces(spec.Hardware.Interfaces)];

    /// <summary>Checks the spec of a Provisioner.</summary>
    public static IReadOnlyList<string> Validate(ProvisionerSpec spec) => [.. Sections(spec), .. spec.Libvirt is { } libvirt ? Directories(libvirt) : [], .. spec.Configuration is { } configuration ? Contents(configuration) : []];

    /// <summary>Checks a Provisioner: its spec, and that its type is still the one that was first used.</summary>
    public static IReadOnlyList<string> Validate(Provisioner provisioner) =>
        provisioner.Status?.Type is { } type && type != provisioner.Spec.Type
            ? [$"spec.type must stay {type}, because its machines are known to that engine only; create another Provisioner for {provisioner.Spec.Type}."]
            : Validate(provisioner.Spec);

    /// <summary>Checks that an Image's spec still says what it said when the Image was first looked at.</summary>
    public static IReadOnlyList<string> Validate(Image image)
    {
        if (image.Status?.Identity is not { } identity)
            return [];
        IEnumerable<string> changed =
        [
            .. Changed("digest", identity.Digest, image.Spec.Digest),
            .. Changed("revision", identity.Revision, image.Spec.Revision),
            .. Changed("format", identity.Format, image.Spec.Format),
            .. Changed("fileName", identity.FileName, image.Spec.FileName),
        ];
        return [.. changed];
    }

    private static IEnumerable<string> Changed<T>(string field, T before, T after) => EqualityComparer<T>.Default.Equals(before, after)
        ? []
        : [$"spec.{field} must stay {before}, because images are immutable and machines are compared with this one; set it back, and create a new Image for {after}."];

    private static IEnumerable<string> OperatingSystem(OperatingSystemSpec system) => [.. Access(system), .. StepPolicies(system.StepPolicies), .. Hooks(system)];

    private static IEnumerable<string> StepPolicies(IList<StepPolicySpec> policies) =>
    [
        .. policies.Select((policy, index) => (policy, index)).Where(item => item.policy.FailurePolicy != StepFailurePolicy.Fail && ProtectedSteps.Names.Contains(item.policy.Name)).Select(item =>
            $"spec.operatingSystem.stepPolicies[{item.index}].failurePolicy must be Fail for the step {item.policy.Name}, because without it a machine shares its identity with others, cannot be trusted, or claims to be what it is not."),
        .. Repeated(policies.Select(policy => policy.Name)).Select(name =>
            $"spec.operatingSystem.stepPolicies must have different names, because a step has one policy; {name} is given more than once."),
    ];

    private static IEnumerable<string> Hooks(OperatingSystemSpec system)
    {
        if (system is { Type: OperatingSystemType.None, Hooks.Count: > 0 })
            yield return "spec.operatingSystem.hooks must be empty when type is None, because nothing inside such a machine is run.";
        foreach (var name in Repeated(system.Hooks.Select(hook => hook.Name)))
            yield return $"spec.operatingSystem.hooks must have different names, because hooks are told apart by them; {name} is given more than once.";
    }

    private static IEnumerable<string> Access(OperatingSystemSpec system)
    {
        if (system.Type == OperatingSystemType.None)
            yield break;
        if (string.IsNullOrEmpty(system.Address))
            yield return $"spec.operatingSystem.address must be given when type is {system.Type}, because without it the operator cannot see what runs on the machine.";
        if (string.IsNullOrEmpty(system.CredentialsSecretRef?.Name))
            yield return $"spec.operatingSystem.credentialsSecretRef must name a Secret when type is {system.Type}, because the operator has to log in to the machine.";
        if (system is { HostKeyPolicy: HostKeyPolicy.Pinned, HostKeys.Count: 0 })
            yield return "spec.operatingSystem.hostKeys must list at least one key when hostKeyPolicy is Pinned, because no other key is accepted then.";
    }

    private static IEnumerable<string> Interfaces(IList<NetworkInterfaceSpec> interfaces) =>
    [
        .. interfaces.SelectMany(Interface),
        .. Repeated(interfaces.Select(item => item.Name)).Select(name =>
            $"spec.hardware.interfaces must have different names, because the interfaces are told apart by them; {name} is given more than once."),
        .. Repeated(interfaces.Select(item => item.MacAddress).OfType<string>()).Select(address =>
            $"spec.hardware.interfaces must have different MAC addresses, because a network delivers to one of them only; {address} is given more than once."),
        .. Repeated(interfaces.SelectMany(item => item.Forwards).Select(forward => forward.HostPort)).Select(port =>
            $"spec.hardware.interfaces must forward different host ports, because a port can be taken only once; {port} is given more than once."),
    ];

    private static IEnumerable<string> Interface(NetworkInterfaceSpec item, int index)
    {
        if (item.Type == NetworkInterfaceType.User)
            yield break;
        if (string.IsNullOrEmpty(item.Source))
            yield return $"spec.hardware.interfaces[{index}].source must name the bridge or network when type is {item.Type}, because the interface is attached to it.";
        if (item.Forwards.Count > 0)
            yield return $"spec.hardware.interfaces[{index}].forwards must be empty when type is {item.Type}, because only type User forwards ports.";
    }

    private static IEnumerable<T> Repeated<T>(IEnumerable<T> values) =>
        values.GroupBy(value => value).Where(group => group.Count() > 1).Select(group => group.Key);

    private static IEnumerable<string> Sections(ProvisionerSpec spec)
    {
        (string Field, ProvisionerType Type, object? Section, string? Why)[] sections =
        [
            ("libvirt", ProvisionerType.Libvirt, spec.Libvirt, "it says where the VM host is"),
            ("xcat", ProvisionerType.XCat, spec.XCat, "it says where the management node is"),
            ("configuration", ProvisionerType.Configuration, spec.Configuration, "it says where the configuration is"),
            ("lab", ProvisionerType.Lab, spec.Lab, null),
            ("simulated", ProvisionerType.Simulated, spec.Simulated, null),
        ];
        foreach (var (field, type, section, why) in sections)
        {
            if (spec.Type == type && section is null && why is not null)
                yield return $"spec.{field} must be given when type is {type}, because {why}.";
            if (spec.Type != type && section is not null)
                yield return $"spec.{field} must be left out when type is {spec.Type}, so that only one engine is configured.";
        }
    }

    private static IEnumerable<string> Contents(ConfigurationSpec configuration)
    {
        if (configuration.Files.Count > 0 == configuration.Commands is not null)
            yield return "spec.configuration.files must be given if, and only if, spec.configuration.commands is left out, because the content of a Node is either files or what commands print.";
    }

    private static IEnumerable<string> Directories(LibvirtSpec libvirt)
    {
        var (images, machines) = (libvirt.ImageDirectory + "/", libvirt.MachineDirectory + "/");
        if (images.StartsWith(machines, StringComparison.Ordinal) || machines.StartsWith(images, StringComparison.Ordinal))
            yield return "spec.libvirt.machineDirectory must neither be, contain nor lie in spec.libvirt.imageDirectory, so that removing a machine can never touch an image.";
    }
}
