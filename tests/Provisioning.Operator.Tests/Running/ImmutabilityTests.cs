using Provisioning.Api.Images;
using Provisioning.Api.Provisioners;
using Provisioning.Operator.Tests.Support;

namespace Provisioning.Operator.Tests.Running;

/// <summary>Changes in place that only the CEL rules of newer API servers refuse: the fake one, like those before 1.25, lets them through.</summary>
public sealed class ImmutabilityTests
{
    [Fact]
    public async Task An_image_that_was_edited_in_place_stalls_and_no_machine_is_loaded_for_it()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => cluster.Image()?.Status?.Identity is not null, "the Image looked at");

        Edit(cluster, spec => spec.Digest = Samples.Digest("another"));
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image()!.Status!.Conditions, "Stalled")?.Reason == "InvalidSpec", "the Image stalled");
        await cluster.UntilReasonAsync("Stalled", "InvalidSpec");
        Assert.Contains("spec.digest must stay", cluster.Condition("Stalled")!.Message);
        Assert.Contains("create a new Image", cluster.Condition("Stalled")!.Message);
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));

        Edit(cluster, spec => spec.Digest = Samples.Digest("debian"));
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Image()!.Status!.Conditions, "Ready")?.Reason == "ImageAvailable", "the Image whole again");
        Assert.Equal(1, cluster.Effects().Count(effect => effect == "Load/SwitchDisk"));
    }

    [Fact]
    public async Task A_provisioner_whose_type_was_edited_is_not_used()
    {
        await using var cluster = await Cluster.WithOperatorAsync();
        cluster.Apply(Samples.Node());
        await cluster.UntilReadyAsync();
        await cluster.UntilAsync(() => cluster.Provisioner()?.Status?.Type == ProvisionerType.Simulated, "the Provisioner looked at");

        cluster.ApplySecret();
        cluster.Apply(Samples.Provisioner(change: spec =>
        {
            (spec.Type, spec.Simulated) = (ProvisionerType.Libvirt, null);
            spec.Libvirt = new() { Address = "127.0.0.1", CredentialsSecretRef = new() { Name = "login" }, HostKeys = ["ssh-ed25519 AAAA"] };
        }));
        await cluster.UntilReasonAsync("Stalled", "InvalidSpec");
        Assert.Contains("spec.type must stay Simulated", cluster.Condition("Stalled")!.Message);
        await cluster.UntilAsync(() => Cluster.Condition(cluster.Provisioner()!.Status!.Conditions, "Stalled")?.Reason == "InvalidSpec", "the Provisioner stalled");

        cluster.Apply(Samples.Provisioner());
        await cluster.UntilReadyAsync();
    }

    private static void Edit(Cluster cluster, Action<ImageSpec> change) => cluster.Apply(Samples.Image(change: change));
}
