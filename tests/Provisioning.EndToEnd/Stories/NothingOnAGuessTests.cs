using Provisioning.Api;
using Provisioning.Api.Meta;
using Provisioning.Api.Nodes;
using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Stories;

/// <summary>
/// Whatever hides the machine from the operator, or lies to it about the machine: the Node says so, the machine runs on untouched, and all is well again
/// as soon as the cause is gone.
/// </summary>
public sealed class NothingOnAGuessTests(TinyMachine tiny) : IClassFixture<TinyMachine>, IAsyncLifetime
{
    private const string Node = TinyMachine.Name;

    // Looks that found nothing are repeated after 5, 10, 20 s.
    private static readonly TimeSpan SeenWithin = TimeSpan.FromMinutes(3);

    // The guest has no service manager. Its server is the dropbear whose parent is init; the others are sessions, ours among them.
    private const string RestartSshServer =
        """
        server=$(for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = dropbear ] && grep -q '^PPid:[^0-9]*1$' $p/status && echo ${p#/proc/}; done)
        kill $server && while [ -e /proc/$server ]; do sleep 0.1; done
        dropbear -E -s -p 22 -r /etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1 </dev/null
        """;

    private Machine _machine = null!;
    private string _disk = "";
    private string _boot = "";
    private string _loaded = "";
    private HostMark _mark = null!;

    private Lab Lab => tiny.Lab;

    public async ValueTask InitializeAsync()
    {
        await tiny.EnsureReadyAsync();
        _machine = await tiny.MachineAsync();
        _disk = await _machine.DiskAsync();
        _boot = await tiny.Guest.BootIdAsync();
        _loaded = (await Lab.UntilReadyAsync(Node)).Status!.LoadedImage!.OperationId;
        _mark = Lab.Host.Commands.Mark();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task No_harm_to_a_machine_whose_ssh_port_refuses()
    {
        await Lab.ChangeAsync(Node, $$"""{"operatingSystem":{"port":{{Ports.Free()}} } }""");
        await UntilUnknownAsync(Reasons.SshUnreachable, "nobody listens at the port");

        await Lab.ChangeAsync(Node, $$"""{"operatingSystem":{"port":{{Lab.PortOf(Node)}} } }""");
        await UntilWellAsync();
    }

    [Fact]
    public async Task No_harm_to_a_machine_that_hangs()
    {
        await Lab.Host.VirshAsync("suspend", _machine.Uuid);
        try
        {
            await UntilUnknownAsync(Reasons.SshUnreachable, "it hangs");
        }
        finally
        {
            await Lab.Host.VirshAsync("resume", _machine.Uuid);
        }

        await UntilWellAsync();
    }

    [Fact]
    public async Task No_harm_to_a_machine_with_another_host_key()
    {
        await tiny.Guest.RunAsync("cd /etc/dropbear && mv dropbear_ed25519_host_key own && dropbearkey -t ed25519 -f dropbear_ed25519_host_key >/dev/null\n" + RestartSshServer);
        var stalled = await Lab.UntilAsync(Node, "unknown or stalled for its host key", node => node.IsUnknown(Reasons.HostKeyMismatch) || node.IsStalled(Reasons.HostKeyMismatch), SeenWithin);
        await AssertUntouchedAsync(stalled);

        await tiny.Guest.RunAsync("cd /etc/dropbear && mv own dropbear_ed25519_host_key\n" + RestartSshServer);
        await UntilWellAsync();
    }

    [Fact]
    public async Task No_harm_while_the_vm_host_cannot_be_reached()
    {
        await Lab.Host.CutOffAsync();
        await UntilUnknownAsync(Reasons.HostUnreachable, "the VM host is cut off");
        await Lab.UntilAsync("the Provisioner says so", async () => ReadyOf(await Lab.Kubectl.ProvisionerAsync("host")) is { Status: not ConditionStatus.True, Reason: Reasons.HostUnreachable }, SeenWithin);

        await Lab.Host.StartAsync();
        await UntilWellAsync();
        await Lab.UntilAsync("the Provisioner is Ready", async () => ReadyOf(await Lab.Kubectl.ProvisionerAsync("host"))?.Status == ConditionStatus.True, SeenWithin);
    }

    [Fact]
    public async Task No_harm_while_the_vm_host_shows_another_host_key()
    {
        await Lab.Kubectl.PatchAsync("pprov", "host", $$"""{"spec":{"libvirt":{"hostKeys":["{{Lab.Host.HostKeyOf("tiny-b")}}"]} } }""");
        var node = await Lab.UntilAsync(Node, "unknown or stalled for the host's key", found => found.IsUnknown(Reasons.HostKeyMismatch) || found.IsStalled(Reasons.HostKeyMismatch), SeenWithin);
        await Lab.UntilAsync("the Provisioner is stalled for the host's key", async () => ReadyOf(await Lab.Kubectl.ProvisionerAsync("host")) is { Status: ConditionStatus.False, Reason: Reasons.HostKeyMismatch }, SeenWithin);
        await AssertUntouchedAsync(node);

        await Lab.Kubectl.ApplyAsync(Lab.NewProvisioner());
        await UntilWellAsync();
    }

    [Theory]
    [InlineData("garbled", "head -c 3000 /dev/urandom >currentimage.txt")]
    [InlineData("1 GB", "rm currentimage.txt && truncate -s 1G currentimage.txt")]
    [InlineData("empty", ": >currentimage.txt")]
    [InlineData("a pipe", "rm currentimage.txt && mkfifo currentimage.txt")]
    public async Task No_harm_to_a_machine_whose_currentimage_file_is(string how, string command)
    {
        await tiny.Guest.RunAsync($"cp currentimage.txt {TinyMachine.KeptFile} && {command}");
        await UntilUnknownAsync(Reasons.CurrentImageUnreadable, $"its file is {how}");

        await tiny.Guest.RunAsync($"mv -f {TinyMachine.KeptFile} currentimage.txt");
        await UntilWellAsync();
    }

    [Theory]
    [InlineData("says that another image is on it", "sed -i -e 's/^tiny-.$/windows/' -e 's/^imagerevision_id=.*/imagerevision_id=windows@7/' currentimage.txt")]
    [InlineData("says that it was loaded by somebody else", "sed -i 's/^provisioning_operation_id=.*/provisioning_operation_id=0123456789abcdef0123/' currentimage.txt")]
    [InlineData("has lost its file", "rm currentimage.txt")]
    public async Task No_harm_to_a_machine_that_contradicts_its_record_and(string how, string command)
    {
        await tiny.Guest.RunAsync($"cp currentimage.txt {TinyMachine.KeptFile} && {command}");
        await AssertUntouchedAsync(await Lab.UntilAsync(Node, $"stalled, since it {how}", node => node.IsStalled(Reasons.IdentityMismatch), SeenWithin));

        await tiny.Guest.RunAsync($"mv -f {TinyMachine.KeptFile} currentimage.txt");
        await UntilWellAsync();
    }

    [Theory]
    [InlineData("virsh", "prints garbage", "head -c 300 /dev/urandom; exit 0")]
    [InlineData("virsh", "says nothing", "exit 0")]
    [InlineData("virsh", "fails", "echo 'error: Failed to connect socket' >&2; exit 1")]
    [InlineData("virsh", "knows no state", "case \"$*\" in *domstate*) echo 'no state'; exit 0 ;; esac")]
    [InlineData("virsh", "says that a running machine is off", "case \"$*\" in *domstate*) echo 'shut off'; exit 0 ;; esac")]
    [InlineData("qemu-img", "fails", "exit 1")]
    [InlineData("qemu-img", "prints garbage", "echo '{\"format\":'; exit 0")]
    public async Task No_harm_from_a_program_on_the_vm_host(string program, string how, string script)
    {
        await Lab.Host.BreakAsync(program, script);
        await UntilUnknownAsync(Reasons.UnexpectedAnswer, $"{program} {how}");

        await Lab.Host.MendAsync();
        await UntilWellAsync();
    }

    private static Condition? ReadyOf(Provisioning.Api.Provisioners.Provisioner? provisioner) => provisioner?.Status?.Conditions.FirstOrDefault(condition => condition.Type == "Ready");

    private async Task UntilUnknownAsync(string reason, string cause)
    {
        var node = await Lab.UntilAsync(Node, $"unknown for the reason {reason}, since {cause}", found => found.IsUnknown(reason), SeenWithin);
        Assert.NotEqual("", node.Condition("Ready")!.Message);
        Assert.Null(node.Condition("Stalled"));
        await AssertUntouchedAsync(node);
    }

    /// <summary>What is known of the machine stays known: its image is not forgotten because it could not be read once.</summary>
    private async Task AssertUntouchedAsync(Node node)
    {
        Assert.Equal((_loaded, LoadState.Loaded), (node.Status!.LoadedImage!.OperationId, node.Status.LoadedImage.State));
        Assert.Null(node.Status.Operation);
        await AssertNothingDoneAsync();
    }

    private async Task UntilWellAsync()
    {
        await Lab.UntilReadyAsync(Node);
        await AssertNothingDoneAsync();
        Assert.Equal(_boot, await tiny.Guest.BootIdAsync());
    }

    private async Task AssertNothingDoneAsync()
    {
        Assert.Equal(_disk, await _machine.DiskAsync());
        Assert.Empty(Lab.Host.Commands.EffectsSince(_mark, _machine.Uuid));
        await Lab.Host.Events.AreExactlyAsync(_mark, _machine.Name);
    }
}
