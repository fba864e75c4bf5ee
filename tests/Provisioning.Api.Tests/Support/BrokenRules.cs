using Provisioning.Api.Captures;
using Provisioning.Api.Images;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Validation;

namespace Provisioning.Api.Tests.Support;

/// <summary>An object that breaks one CEL rule of the CRDs and is right otherwise.</summary>
/// <param name="Rule">The rule, as in the CRD.</param>
/// <param name="Before">For rules on changes, the object as it was; it may not become the other.</param>
/// <param name="Object">The object that must be refused.</param>
/// <param name="Problems">What the operator's own check says.</param>
internal sealed record BrokenRule(string Rule, IKubernetesEntity? Before, IKubernetesEntity Object, IReadOnlyList<string> Problems);

/// <summary>Samples for every CEL rule.</summary>
internal static class BrokenRules
{
    internal static IReadOnlyList<BrokenRule> All { get; } =
    [
        Node("size(self.metadata.name) <= 63", node => node.Metadata.Name = new string('a', 64)),
        Node("self.type == 'None' || has(self.address)", node => node.Spec.OperatingSystem.Address = null),
        Node("self.type == 'None' || has(self.credentialsSecretRef)", node => node.Spec.OperatingSystem.CredentialsSecretRef = null),
        Node("self.hostKeyPolicy != 'Pinned' || self.type == 'None' || (has(self.hostKeys) && size(self.hostKeys) > 0)", node => node.Spec.OperatingSystem.HostKeys = []),
        Node("self.type != 'None' || !has(self.hooks) || size(self.hooks) == 0", node => node.Spec.OperatingSystem.Type = OperatingSystemType.None),
        Node("self.failurePolicy == 'Fail' || !(self.name in ['privileges', 'machine-id', 'generalize', 'host-keys', 'host-keys-make', 'host-keys-use', 'current-image', 'configured', 'sync'])", node => node.Spec.OperatingSystem.StepPolicies[0].Name = "machine-id"),
        Node("self.type == 'User' || has(self.source)", node => node.Spec.Hardware.Interfaces[0].Source = null),
        Node("self.type == 'User' || !has(self.forwards) || size(self.forwards) == 0", node => node.Spec.Hardware.Interfaces[0].Forwards = [new() { HostPort = 1, GuestPort = 1 }]),
        Provisioner("self.type == 'Libvirt' ? has(self.libvirt) : !has(self.libvirt)", Samples.Libvirt(), provisioner => provisioner.Spec.Libvirt = null),
        Provisioner("self.type == 'Libvirt' ? has(self.libvirt) : !has(self.libvirt)", Samples.Simulated(), provisioner => provisioner.Spec.Libvirt = Samples.Libvirt().Spec.Libvirt),
        Provisioner("self.type == 'XCat' ? has(self.xcat) : !has(self.xcat)", Samples.XCat(), provisioner => provisioner.Spec.XCat = null),
        Provisioner("self.type == 'XCat' ? has(self.xcat) : !has(self.xcat)", Samples.Simulated(), provisioner => provisioner.Spec.XCat = Samples.XCat().Spec.XCat),
        Provisioner(ConfigurationSection, Samples.Configuration(), provisioner => provisioner.Spec.Configuration = null),
        Provisioner(ConfigurationSection, Samples.Simulated(), provisioner => provisioner.Spec.Configuration = Samples.Configuration().Spec.Configuration),
        Provisioner(FilesOrCommands, Samples.Configuration(), provisioner => provisioner.Spec.Configuration!.Files = []),
        Provisioner(FilesOrCommands, Samples.ConfigurationByCommands(), provisioner => provisioner.Spec.Configuration!.Commands = null),
        Provisioner(FilesOrCommands, Samples.ConfigurationByCommands(), provisioner => provisioner.Spec.Configuration!.Files = ["/etc/switch"]),
        Provisioner("self.type == 'Lab' || !has(self.lab)", Samples.Libvirt(), provisioner => provisioner.Spec.Lab = new()),
        Provisioner("self.type == 'Simulated' || !has(self.simulated)", Samples.Libvirt(), provisioner => provisioner.Spec.Simulated = new()),
        Provisioner(Directories, Samples.Libvirt(), provisioner => provisioner.Spec.Libvirt!.MachineDirectory = provisioner.Spec.Libvirt.ImageDirectory),
        Provisioner(Directories, Samples.Libvirt(), provisioner => provisioner.Spec.Libvirt!.MachineDirectory = provisioner.Spec.Libvirt.ImageDirectory + "/machines"),
        Provisioner(Directories, Samples.Libvirt(), provisioner => provisioner.Spec.Libvirt!.ImageDirectory = provisioner.Spec.Libvirt.MachineDirectory + "/images"),
        ChangedProvisioner(),
        .. ChangedImages(),
        .. ChangedCaptures(),
    ];

    /// <summary>Not checked in code: no machine is changed and no file lost for it.</summary>
    internal const string ChangedCapture = "self == oldSelf";

    private const string ConfigurationSection = "self.type == 'Configuration' ? has(self.configuration) : !has(self.configuration)";
    private const string FilesOrCommands = "has(self.files) && size(self.files) > 0 ? !has(self.commands) : has(self.commands)";
    private const string Directories = "!(self.imageDirectory + '/').startsWith(self.machineDirectory + '/') && !(self.machineDirectory + '/').startsWith(self.imageDirectory + '/')";

    private static BrokenRule Node(string rule, Action<Node> spoil)
    {
        var node = Samples.Node();
        spoil(node);
        return new(rule, null, node, SpecValidator.Validate(node));
    }

    private static BrokenRule Provisioner(string rule, Provisioner provisioner, Action<Provisioner> spoil)
    {
        spoil(provisioner);
        return new(rule, null, provisioner, SpecValidator.Validate(provisioner.Spec));
    }

    private static BrokenRule ChangedProvisioner()
    {
        var (before, after) = (Samples.Libvirt(), Samples.Libvirt());
        (after.Spec.Type, after.Spec.Libvirt) = (ProvisionerType.Simulated, null);
        after.Status = new() { Type = before.Spec.Type };
        return new("self.type == oldSelf.type", before, after, SpecValidator.Validate(after));
    }

    private static IEnumerable<BrokenRule> ChangedImages()
    {
        Action<ImageSpec>[] changes =
        [
            spec => spec.Digest = Samples.Digest.Replace("e3b0", "0000", StringComparison.Ordinal),
            spec => spec.Revision = "2",
            spec => spec.Format = ImageFormat.Raw,
            spec => spec.FileName = "other.qcow2",
        ];
        foreach (var change in changes)
        {
            var (before, after) = (Samples.Image(), Samples.Image());
            change(after.Spec);
            after.Status = new() { Identity = new() { Revision = before.Spec.Revision, Digest = before.Spec.Digest, Format = before.Spec.Format, FileName = before.Spec.FileName } };
            yield return new(
                "self.digest == oldSelf.digest && self.revision == oldSelf.revision && self.format == oldSelf.format && self.fileName == oldSelf.fileName",
                before,
                after,
                SpecValidator.Validate(after));
        }
    }

    private static IEnumerable<BrokenRule> ChangedCaptures()
    {
        Action<ImageCaptureSpec>[] changes =
        [
            spec => spec.NodeRef.Name = "other",
            spec => spec.ImageName = "other",
            spec => spec.Revision = "2",
            spec => spec.Preparation = CapturePreparation.None,
            spec => spec.EndState = CaptureEndState.PoweredOff,
            spec => spec.UncleanShutdown = UncleanShutdownPolicy.Fail,
            spec => spec.ImageDeletionPolicy = ImageDeletionPolicy.Delete,
            spec => spec.Description = null,
        ];
        foreach (var change in changes)
        {
            var (before, after) = (Samples.Capture(), Samples.Capture());
            change(after.Spec);
            yield return new(ChangedCapture, before, after, []);
        }
    }
}
