using Provisioning.OperatingSystems.Steps;

namespace Provisioning.OperatingSystems.Windows;

/// <summary>
/// The steps, in their order and by the same rules as those of Linux: what can refuse first, what is not missed next, last what makes the machine another one.
/// </summary>
internal static class WindowsSteps
{
    private static readonly TimeSpan Short = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<MachineStep> PreCapture { get; } =
    [
        new("privileges", "The login may change the machine.", WindowsScripts.Step("privileges"), Fatal: true, Short),
        new("hooks", "Runs the image author's programs in hooks\\pre-capture.d.", WindowsScripts.JobStep("hooks"), Fatal: true, Short) { HooksFollow = true },
        new("logoff", "Logs off everybody, so that no profile is captured while it is in use.", WindowsScripts.Step("logoff"), Fatal: false, Short),
        new("hibernation", "Turns hibernation and fast startup off: a hibernated system would be captured in the middle of its work.", WindowsScripts.Step("hibernation"), Fatal: true, Short),
        new("page-file", "Lets Windows overwrite the page file as it shuts down: it holds memory of this machine.", WindowsScripts.Step("page-file"), Fatal: false, Short),
        new("passwords", "Deletes passwords that Windows keeps for logging on by itself.", WindowsScripts.Step("passwords"), Fatal: true, Short),
        new("temporary-files", "Deletes temporary files of Windows and of users.", WindowsScripts.Step("temporary-files"), Fatal: false, Long),
        new("update-downloads", "Deletes downloads of Windows Update.", WindowsScripts.Step("update-downloads"), Fatal: false, Long),
        new("update-identity", "Deletes the identity by which an update server knows this machine.", WindowsScripts.Step("update-identity"), Fatal: false, Short),
        new("histories", "Deletes the command histories of users.", WindowsScripts.Step("histories"), Fatal: false, Short),
        new("network-bindings", "Deletes fixed hardware addresses, absent network devices and the DHCPv6 identity.", WindowsScripts.Step("network-bindings"), Fatal: false, Short),
        new("event-logs", "Empties the event logs.", WindowsScripts.Step("event-logs"), Fatal: false, Long),
        new("own-leftovers", "Deletes records of earlier operations and host keys that were never used.", WindowsScripts.KeyStep("own-leftovers"), Fatal: false, Short),
        new("generalize", "Runs Sysprep if the image's author left an answer file for it.", WindowsScripts.JobStep("generalize"), Fatal: true, Short),
        new("host-keys", "Reports the SSH host keys in the image, by which a clone is known at its first boot.", WindowsScripts.KeyStep("host-keys"), Fatal: true, Short),
        new("current-image", "Lets currentimage.txt name the new image.", WindowsScripts.Step("current-image"), Fatal: true, Short) { Edit = CurrentImageEdit.NameCapture },
        new("sync", "Writes all out to the disk.", WindowsScripts.Step("sync"), Fatal: true, Long),
    ];

    public static IReadOnlyList<MachineStep> PostLoad { get; } =
    [
        new("privileges", "The login may change the machine.", WindowsScripts.Step("privileges"), Fatal: true, Short),
        new("setup-complete", "Waits until Windows has set itself up.", WindowsScripts.Step("setup-complete"), Fatal: true, Short),
        new("hostname", "Gives the machine its name.", WindowsScripts.Step("hostname"), Fatal: false, Short),
        new("restart", "Restarts once if the machine's new name needs it.", WindowsScripts.Step("restart"), Fatal: true, Short),
        new("passwords", "Deletes passwords in answer files and those for logging on by itself.", WindowsScripts.Step("passwords"), Fatal: true, Short),
        new("page-file", "Sets the page file's treatment back to what it was before the capture.", WindowsScripts.Step("page-file"), Fatal: false, Short),
        new("own-leftovers", "Deletes records of operations that came with the image.", WindowsScripts.KeyStep("own-leftovers"), Fatal: false, Short),
        new("host-keys-make", "Makes SSH host keys for this machine beside those of the image.", WindowsScripts.KeyStep("host-keys-make"), Fatal: true, Short) { ChangesHostKeys = true },
        new("host-keys-use", "Puts them in place; new connections see them.", WindowsScripts.KeyStep("host-keys-use"), Fatal: true, Short) { ChangesHostKeys = true },
        new("activation", "Activates Windows if it is not.", WindowsScripts.Step("activation"), Fatal: false, Long),
        new("hooks", "Runs the image author's programs in hooks\\post-load.d.", WindowsScripts.JobStep("hooks"), Fatal: true, Short) { HooksFollow = true },
        new("current-image", "Lets currentimage.txt name the image that was loaded.", WindowsScripts.Step("current-image"), Fatal: true, Short) { Edit = CurrentImageEdit.NameLoaded },
        new("configured", "Marks the machine as configured.", WindowsScripts.Step("current-image"), Fatal: true, Short) { Edit = CurrentImageEdit.MarkConfigured },
    ];

    public static ModuleSteps All { get; } = new(
        (session, arguments) => new WindowsMachine(session, arguments),
        PreCapture,
        PostLoad,
        new("hook", "Runs a program from a ConfigMap.", WindowsScripts.JobStep("hook"), Fatal: true, Short),
        new("poweroff", "Asks the system to power off.", WindowsScripts.Step("power"), Fatal: true, Short),
        new("reboot", "Asks the system to reboot, once for an operation.", WindowsScripts.Step("power"), Fatal: true, Short));
}
