using System.Text.RegularExpressions;
using Provisioning.Api.Images;
using Provisioning.Api.Nodes;
using Provisioning.Api.Provisioners;
using Provisioning.Api.Tests.Support;
using Provisioning.Api.Validation;

namespace Provisioning.Api.Tests.Validation;

public sealed partial class SpecValidatorTests
{
    [Fact]
    public void Valid_objects_have_no_problems()
    {
        Assert.Equal([], SpecValidator.Validate(Samples.Node()));
        Assert.Equal([], SpecValidator.Validate(new NodeSpec()));
        Assert.Equal([], SpecValidator.Validate(Samples.Libvirt().Spec));
        Assert.Equal([], SpecValidator.Validate(Samples.Simulated().Spec));
        Assert.Equal([], SpecValidator.Validate(new ProvisionerSpec { Type = ProvisionerType.Simulated }));
    }

    [Fact]
    public void What_may_change_in_an_image_has_no_problems()
    {
        var image = Samples.Image();
        Assert.Equal([], SpecValidator.Validate(image));
        image.Status = new() { Identity = new() { Revision = image.Spec.Revision, Digest = image.Spec.Digest, Format = image.Spec.Format, FileName = image.Spec.FileName } };
        (image.Spec.DeletionPolicy, image.Spec.Description, image.Spec.SshHostKeys) = (ImageDeletionPolicy.Delete, "other", []);
        Assert.Equal([], SpecValidator.Validate(image));
    }

    [Fact]
    public void A_provisioner_that_keeps_its_type_has_no_problems()
    {
        var provisioner = Samples.Libvirt();
        provisioner.Status = new() { Type = ProvisionerType.Libvirt };
        Assert.Equal([], SpecValidator.Validate(provisioner));
    }

    [Fact]
    public void Every_cel_rule_of_the_crds_has_a_sample_here()
    {
        var rules = Kinds.Schemas.Values.SelectMany(schema => SchemaNode.Walk(schema)).SelectMany(node => node.Rules).Select(rule => rule.Rule);

        Assert.Equal(rules.Distinct().Order(StringComparer.Ordinal), BrokenRules.All.Select(sample => sample.Rule).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_cel_rule_is_checked_in_code_too()
    {
        foreach (var sample in BrokenRules.All.Where(sample => sample.Rule != BrokenRules.ChangedCapture))
        {
            var problem = Assert.Single(sample.Problems);
            Assert.Matches(Problem(), problem);
        }
    }

    [Fact]
    public void Machine_without_operating_system_needs_no_way_in()
    {
        var system = new OperatingSystemSpec { Type = OperatingSystemType.None, HostKeyPolicy = HostKeyPolicy.Pinned };

        Assert.Equal([], SpecValidator.Validate(new NodeSpec { OperatingSystem = system }));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        var node = Samples.Node();
        node.Spec.OperatingSystem = new() { Type = OperatingSystemType.Linux, HostKeyPolicy = HostKeyPolicy.Pinned };
        node.Spec.Hardware.Interfaces[0].Source = "";

        Assert.Equal(
            ["spec.operatingSystem.address", "spec.operatingSystem.credentialsSecretRef", "spec.operatingSystem.hostKeys", "spec.hardware.interfaces[0].source"],
            SpecValidator.Validate(node).Select(problem => problem.Split(' ')[0]));
    }

    [Theory]
    [InlineData("lan", "52:54:00:00:00:02", 2222, "names")]
    [InlineData("wan", "52:54:00:00:00:01", 2222, "MAC")]
    [InlineData("wan", "52:54:00:00:00:02", 22022, "ports")]
    public void Interfaces_do_not_share_what_is_unique(string name, string macAddress, int hostPort, string word)
    {
        var node = Samples.Node();
        node.Spec.Hardware.Interfaces.Add(new() { Name = name, MacAddress = macAddress, Type = NetworkInterfaceType.User, Forwards = [new() { HostPort = hostPort, GuestPort = 80 }] });

        var problem = Assert.Single(SpecValidator.Validate(node));
        Assert.StartsWith("spec.hardware.interfaces must", problem, StringComparison.Ordinal);
        Assert.Contains(word, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/srv/images", "/srv/machines")]
    [InlineData("/srv/provisioning", "/srv/provisioning-machines")]
    public void Directories_beside_each_other_are_right(string images, string machines)
    {
        var spec = Samples.Libvirt().Spec;
        (spec.Libvirt!.ImageDirectory, spec.Libvirt.MachineDirectory) = (images, machines);

        Assert.Equal([], SpecValidator.Validate(spec));
    }

    [GeneratedRegex(@"^(spec|metadata)\.[A-Za-z.\[\]0-9]+ must .+(, because |, so that ).+\.\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Problem();
}
