using Provisioning.OperatingSystems.Steps;

namespace Provisioning.OperatingSystems.Linux;

/// <summary>
/// The steps, in their order. Before a capture: first what can refuse (a hook), then what a machine that goes on being used does not miss, and last what makes it
/// another machine, so that a failure in the middle leaves a machine that works. After a load: the mark "configured" is last, so that a crash shows.
/// </summary>
internal static class LinuxSteps
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<MachineStep> PreCapture { get; } =
    [
        new("privileges", "The login may change the machine.", LinuxScripts.Step("privileges"), Fatal: true, Short),
        new("hooks", "Runs the image author's programs in /etc/provisioning/pre-capture.d.", LinuxScripts.JobStep("hooks"), Fatal: true, Short) { HooksFollow = true },
        new("temporary-files", "Deletes what users and programs left in /tmp and /var/tmp.", LinuxScripts.Step("temporary-files"), Fatal: false, Long),
        new("histories", "Deletes the command histories of root and of users.", LinuxScripts.Step("histories"), Fatal: false, Short),
        new("private-keys", "Names the private SSH keys of root that get into the image.", LinuxScripts.Step("private-keys"), Fatal: false, Short),
        new("network-bindings", "Deletes settings that hold the hardware address of this machine.", LinuxScripts.Step("network-bindings"), Fatal: false, Short),
        new("dhcp-leases", "Deletes DHCP leases and client identities.", LinuxScripts.Step("dhcp-leases"), Fatal: false, Short),
        new("cloud-init", "Lets cloud-init take a clone for a new machine.", LinuxScripts.Step("cloud-init"), Fatal: false, Long),
        new("logs", "Empties logs and deletes rotated ones.", LinuxScripts.Step("logs"), Fatal: false, Long),
        new("journal", "Deletes archived journals.", LinuxScripts.Step("journal"), Fatal: false, Long),
        new("random-seed", "Deletes the saved seed of the random number generator.", LinuxScripts.Step("random-seed"), Fatal: false, Short),
        new("own-leftovers", "Deletes records of earlier operations and host keys that were never used.", LinuxScripts.Step("own-leftovers"), Fatal: false, Short),
        new("machine-id", "Empties the machine-id, so that each clone makes its own at boot.", LinuxScripts.Step("machine-id-clear"), Fatal: true, Short),
        new("host-keys", "Reports the SSH host keys in the image, by which a clone is known at its first boot.", LinuxScripts.HostKeyStep("host-keys-report"), Fatal: true, Short),
        new("current-image", "Lets currentimage.txt name the new image.", LinuxScripts.Step("current-image-write"), Fatal: true, Long) { Edit = CurrentImageEdit.NameCapture },
        new("sync", "Writes all out to the disk.", LinuxScripts.Step("sync"), Fatal: true, Long),
    ];

    public static IReadOnlyList<MachineStep> PostLoad { get; } =
    [
        new("privileges", "The login may change the machine.", LinuxScripts.Step("privileges"), Fatal: true, Short),
        new("hostname", "Gives the machine its host name.", LinuxScripts.Step("hostname"), Fatal: false, Short),
        new("machine-id", "Gives the machine a machine-id that no other clone has.", LinuxScripts.Step("machine-id-own"), Fatal: true, Short),
        new("own-leftovers", "Deletes records of operations that came with the image.", LinuxScripts.Step("own-leftovers"), Fatal: false, Short),
        new("host-keys-make", "Makes SSH host keys for this machine beside those of the image.", LinuxScripts.HostKeyStep("host-keys-make"), Fatal: true, Long) { ChangesHostKeys = true },
        new("host-keys-use", "Puts them in place; new connections see them.", LinuxScripts.HostKeyStep("host-keys-switch"), Fatal: true, Long) { ChangesHostKeys = true },
        new("hooks", "Runs the image author's programs in /etc/provisioning/post-load.d.", LinuxScripts.JobStep("hooks"), Fatal: true, Short) { HooksFollow = true },
        new("current-image", "Lets currentimage.txt name the image that was loaded.", LinuxScripts.Step("current-image-write"), Fatal: true, Long) { Edit = CurrentImageEdit.NameLoaded },
        new("configured", "Marks the machine as configured.", LinuxScripts.Step("current-image-write"), Fatal: true, Long) { Edit = CurrentImageEdit.MarkConfigured },
    ];

    public static ModuleSteps All { get; } = new(
        (session, arguments) => new LinuxMachine(session, arguments),
        PreCapture,
        PostLoad,
        new("hook", "Runs a program from a ConfigMap.", LinuxScripts.JobStep("hook"), Fatal: true, Short),
        new("poweroff", "Asks the system to power off.", LinuxScripts.Step("power"), Fatal: true, Short),
        new("reboot", "Asks the system to reboot, once for an operation.", LinuxScripts.Step("power"), Fatal: true, Short));
}
