using Provisioning.Api;
using Provisioning.Api.Provisioners;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.BadInput;

/// <summary>Wrong values of a Provisioner and its Secret, against a real SSH server and libvirt.</summary>
/// <param name="bad">The namespace.</param>
public sealed class WrongProvisionerTests(BadInputLab bad) : IClassFixture<BadInputLab>
{
    private const string OtherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static readonly Dictionary<string, (Action<ProvisionerSpec> Spoil, string Reason, string[] Words)> Cases = new(StringComparer.Ordinal)
    {
        ["host-key"] = (spec => spec.Libvirt!.HostKeys = [OtherKey], Reasons.HostKeyMismatch, ["shows the SSH host key SHA256:", "list the new one"]),
        ["image-directory"] = (spec => spec.Libvirt!.ImageDirectory = "/root/images", Reasons.ProvisionerNotReady, ["the directory /root/images cannot be written", "give it to that user"]),
        ["machine-directory"] = (spec => spec.Libvirt!.MachineDirectory = "/root/machines", Reasons.ProvisionerNotReady, ["the directory /root/machines cannot be written", "give it to that user"]),
        ["directories"] = (spec => spec.Libvirt!.MachineDirectory = spec.Libvirt.ImageDirectory + "/machines", Reasons.InvalidSpec, ["machineDirectory", "imageDirectory"]),
        ["uri"] = (spec => spec.Libvirt!.Uri = "qemu:///system", Reasons.ProvisionerNotReady, ["virsh cannot use qemu:///system", "start libvirtd"]),
        ["user"] = (spec => spec.Libvirt!.User = "nobody-known", Reasons.CredentialsRefused, ["nobody-known@", "Secret host-login"]),
        ["no-section"] = (spec => spec.Libvirt = null, Reasons.InvalidSpec, ["libvirt"]),
        ["wrong-section"] = (spec => spec.Simulated = new(), Reasons.InvalidSpec, ["simulated"]),
        ["no-secret"] = (spec => spec.Libvirt!.CredentialsSecretRef.Name = "nothing", Reasons.SecretInvalid, ["Secret nothing does not exist", "kubectl"]),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_wrong_value_is_rejected_or_the_provisioner_is_stalled_and_says_what_to_do(string name)
    {
        var (spoil, reason, words) = Cases[name];
        var provisioner = bad.Lab.NewProvisioner();
        provisioner.Metadata.Name = name;
        spoil(provisioner.Spec);

        var applied = await bad.Lab.Kubectl.TryAsync(provisioner);

        if (applied.ExitCode != 0)
            Assert.Contains(words[0], applied.Error, StringComparison.OrdinalIgnoreCase);
        else
            await Told.StalledProvisionerAsync(bad.Lab, name, reason, words);
        await bad.Lab.Kubectl.RunAsync("delete", "pprov", name, "--ignore-not-found");
    }

    [Theory]
    [InlineData("empty", "user=root", "neither the key ssh-privatekey nor the key password")]
    [InlineData("garbage", "ssh-privatekey=garbage", "no usable private key in ssh-privatekey")]
    public async Task A_secret_that_holds_no_login_is_told_and_heals_when_it_is_corrected(string name, string contents, string word)
    {
        await bad.Lab.Kubectl.RunAsync("create", "secret", "generic", name, $"--from-literal={contents}");
        await ApplyAsync(name);
        await Told.StalledProvisionerAsync(bad.Lab, name, Reasons.SecretInvalid, $"Secret {name}", word);

        await CorrectAsync(name);

        await Told.ReadyProvisionerAsync(bad.Lab, name);
        await bad.Lab.Kubectl.RunAsync("delete", "pprov", name);
    }

    [Fact]
    public async Task A_login_that_is_refused_is_tried_three_times_at_most_and_heals_when_the_secret_is_corrected()
    {
        var fingerprint = await NewKeyAsync("refused");
        await ApplyAsync("refused");
        await bad.Lab.Kubectl.ApplyAsync(BadInputLab.NewNode("of-refused", "refused"));

        await Told.StalledProvisionerAsync(bad.Lab, "refused", Reasons.CredentialsRefused, "refused the login of the Secret refused");
        await bad.Lab.UntilAsync("it is not tried again", async () => (await bad.Lab.Kubectl.ProvisionerAsync("refused"))!.Status!.Conditions
            .Any(condition => condition.Type == "Stalled" && condition.Message.Contains("3 times. It is not tried again before the Secret changes", StringComparison.Ordinal)));
        // Five more looks of the operator at its Node, and a change that asks for a new look at the Provisioner.
        await bad.Lab.Kubectl.PatchAsync("pprov", "refused", """{"spec":{"timeouts":{"observeSeconds":2}}}""");
        await Task.Delay(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
        Assert.Equal(3, Attempts(fingerprint));
        await Told.StalledNodeAsync(bad.Lab, "of-refused", Reasons.CredentialsRefused, "refused the login of the Secret refused", "put a login into it");

        await CorrectAsync("refused");

        await Told.ReadyProvisionerAsync(bad.Lab, "refused");
        await bad.Lab.UntilReadyAsync("of-refused");
        Assert.Equal(3, Attempts(fingerprint));
    }

    private async Task ApplyAsync(string name)
    {
        var provisioner = bad.Lab.NewProvisioner();
        provisioner.Metadata.Name = name;
        provisioner.Spec.Libvirt!.CredentialsSecretRef.Name = name;
        await bad.Lab.Kubectl.ApplyAsync(provisioner);
    }

    private async Task CorrectAsync(string secret)
    {
        var key = Convert.ToBase64String(await File.ReadAllBytesAsync(bad.Host["CLIENT_KEY"], TestContext.Current.CancellationToken));
        await bad.Lab.Kubectl.PatchAsync("secret", secret, $$"""{"data":{"ssh-privatekey":"{{key}}"} }""");
    }

    /// <summary>A Secret with a key that the host does not know. Gives the key's fingerprint, by which the host's log names it.</summary>
    private async Task<string> NewKeyAsync(string secret)
    {
        var folder = Directory.CreateTempSubdirectory("provisioning-key-");
        try
        {
            var file = Path.Combine(folder.FullName, "key");
            await Programs.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
            await bad.Lab.Kubectl.RunAsync("create", "secret", "generic", secret, $"--from-file=ssh-privatekey={file}");
            return (await Programs.RunAsync("ssh-keygen", ["-l", "-f", file])).Split(' ')[1];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>How often the host's SSH server refused a key.</summary>
    private int Attempts(string fingerprint) => File.ReadLines(bad.Host.SshLog).Count(line => line.StartsWith("Failed publickey", StringComparison.Ordinal) && line.Contains(fingerprint, StringComparison.Ordinal));
}
