using Provisioning.Api;

namespace Provisioning.Cli.Views;

/// <summary>A reason in plain words.</summary>
/// <param name="Meaning">What is the case.</param>
/// <param name="Remedy">What a person can do; NODE stands for the name.</param>
internal sealed record Advice(string Meaning, string Remedy);

/// <summary>What each reason means and what to do about it. The pages of docs/troubleshooting say more.</summary>
internal static class ReasonAdvice
{
    private const string Nothing = "Nothing.";
    private const string Wait = "Nothing: wait. Watch it with: kubectl provision nodes NODE -w";
    private const string ImageFile = "Put the right file into the image directory of the Provisioner, or name another Image in spec.imageRef.";

    private static readonly Dictionary<string, Advice> All = new()
    {
        [Reasons.AsDeclared] = new("The machine is what its Node says.", Nothing),
        [Reasons.NoImageDesired] = new("No image is asked for, so the disk is left alone.", "Nothing, or name an Image in spec.imageRef."),
        [Reasons.NotProbed] = new("The machine was not looked at yet.", "Wait for the first look. If it does not come, see whether the operator runs."),
        [Reasons.PowerDiffers] = new("The machine is on and should be off, or the other way round.", Wait),
        [Reasons.PowerNotManaged] = new("The Node does not say whether the machine should be on.", "Nothing, or set spec.powerState."),
        [Reasons.PoweredOff] = new("The machine is off, so what it runs cannot be read.", "Nothing if it should be off. Otherwise: kubectl provision power on NODE"),
        [Reasons.HostUnreachable] = new("What the machine is driven by (the VM host, the management node) does not answer. Nothing is done to the machine meanwhile.", "See whether that host is up and can be reached from the operator. The operator goes on by itself when it answers."),
        [Reasons.HostKeyMismatch] = new("The other side shows another SSH host key than the one that is known. It may be another machine, or somebody in between.", "Find out why the key changed. If that is right, correct hostKeys, or delete the Node's pinned key by loading the machine again."),
        [Reasons.HostKeyUnknown] = new("No SSH host key of the machine is known, so it cannot be trusted.", "List its key in the Image's sshHostKeys, or in the Node's operatingSystem.hostKeys."),
        [Reasons.CredentialsRefused] = new("The login was refused.", "Correct the Secret. It is read again within seconds; refused logins are not repeated before it changes."),
        [Reasons.SecretInvalid] = new("The Secret with the login is missing, or lacks a key.", "Create or correct the Secret that the message names."),
        [Reasons.HookInvalid] = new("The program of a hook cannot be read from its ConfigMap.", "Create or correct the ConfigMap that the message names."),
        [Reasons.SshUnreachable] = new("The machine does not answer SSH, so what it runs cannot be told. It is never loaded for that.", "Look at the machine's console and network. If it hangs: kubectl provision power reset NODE. If its disk is lost: kubectl provision load NODE --image IMAGE --again"),
        [Reasons.UnexpectedAnswer] = new("The host answered something that cannot be right.", "Look at the host: its logs and its version. The message has what it said."),
        [Reasons.CurrentImageMissing] = new("The machine does not say which image it runs.", "If it should be loaded although that is not certain: kubectl provision load NODE --image IMAGE --again"),
        [Reasons.CurrentImageUnreadable] = new("What the machine runs could not be read.", "Look into the machine. If its disk may be erased: kubectl provision load NODE --image IMAGE --again"),
        [Reasons.MachineMissing] = new("The machine does not exist.", "Name an Image in spec.imageRef, so that the machine is made; or remove spec.powerState."),
        [Reasons.MachineNotOurs] = new("A machine that this product did not make, or made for another Node, is in this Node's place. It is not touched.", "Remove that machine by hand, or rename the Node."),
        [Reasons.ImageDiffers] = new("Another image is on the machine than the one that is wanted.", Wait),
        [Reasons.LoadIncomplete] = new("A load began and did not finish, so what is on the disk is not whole.", "Let the image be loaded: it is tried again by itself."),
        [Reasons.Tainted] = new("The machine carries a mark that a user may have changed it, so it is loaded again.", Wait),
        [Reasons.OperatingSystemCheckFailed] = new("The check inside the operating system failed, so the image is loaded again.", Wait),
        [Reasons.NotConfigured] = new("The image is on the machine, but configuring it was not completed.", Wait),
        [Reasons.IdentityMismatch] = new("The machine says that it runs something else than what was loaded on it. Nothing is done on such a contradiction.", "Find out who changed it. If its disk may be erased: kubectl provision load NODE --image IMAGE --again"),
        [Reasons.ReloadRequested] = new("A person asked for the image to be loaded again.", Wait),
        [Reasons.ProvisionerNotFound] = new("The Provisioner that the Node names does not exist.", "Create it, or name another one in spec.provisionerRef."),
        [Reasons.ProvisionerNotReady] = new("The Provisioner cannot be used at the moment.", "See why: kubectl describe pprov"),
        [Reasons.ImageNotFound] = new("The Image that the Node names does not exist.", "Create it, or name another one. Which there are: kubectl provision images"),
        [Reasons.ImageFileMissing] = new("No Provisioner that can be reached for it has the image's file.", ImageFile),
        [Reasons.ImageDigestMismatch] = new("The image's file is not the one that the Image describes.", ImageFile),
        [Reasons.ImageInvalid] = new("The image's file is damaged, or has another format than it should.", ImageFile),
        [Reasons.ImageNameTaken] = new("An Image of the name that a capture is to make exists already.", "Delete that Image, or create an ImageCapture with another imageName."),
        [Reasons.ImageInUse] = new("The image's file is used by a machine, so it is not deleted yet.", "Load something else on the machines that use it; the message names them."),
        [Reasons.ImageFetching] = new("The image is on its way from another Provisioner.", "Nothing: wait. How far it is: kubectl provision images"),
        [Reasons.NotSupported] = new("The Provisioner cannot do that with its machines.", "Take the wish back, as the message says, or use another Provisioner."),
        [Reasons.InvalidSpec] = new("A field has a value that cannot be used.", "Correct the field that the message names, and apply again."),
        [Reasons.Queued] = new("The Provisioner is busy with as many operations as it may run; this one waits in line.", "Nothing: wait. Or raise limits.concurrentOperations of the Provisioner."),
        [Reasons.OperationRunning] = new("An operation is under way.", Wait),
        [Reasons.WaitingToRetry] = new("The last attempt failed, and the next one is not due yet.", "Mend what the message names; any change of the Node, its Secret or its Image makes the next attempt at once."),
        [Reasons.NoProgress] = new("An operation made no progress for too long and was given up.", "Look at the host or the machine where it stood still; raise timeouts.noProgressSeconds if it only was slow."),
        [Reasons.DeadlineExceeded] = new("An operation took longer than it may and was given up.", "Find out what is slow, or raise the deadline in timeouts of the Provisioner."),
        [Reasons.Superseded] = new("What an operation was for was changed while it ran, so it was given up.", Nothing),
        [Reasons.Fenced] = new("A newer operation has taken the machine over.", Nothing),
        [Reasons.CommandFailed] = new("A command on the host failed.", "The message has its error; the log of the job is on the host."),
        [Reasons.OutcomeUnknown] = new("A command was started, and it cannot be told whether it took effect. It is not repeated.", "Look at the machine. To reset it again: kubectl provision power reset NODE"),
        [Reasons.DiskFull] = new("A disk is full.", "Free some space where the message says; it goes on by itself."),
        [Reasons.StepFailed] = new("A step inside the operating system failed.", "See which one: kubectl provision describe NODE. Mend it, or give it another policy in operatingSystem.stepPolicies."),
        [Reasons.ShutdownTimedOut] = new("The machine did not shut down in time.", "See what keeps it from that, or let it be switched off hard (uncleanShutdown: Force)."),
        [Reasons.Booting] = new("The machine was switched on a short while ago and does not answer yet.", "Nothing: wait."),
        [Reasons.Recovered] = new("The machine is as declared again.", Nothing),
        [Reasons.BootTimedOut] = new("The machine did not come up in time.", "Look at its console. If it only was slow, raise timeouts.bootSeconds of the Provisioner."),
        [Reasons.AttemptsExhausted] = new("What destroys data was tried as often as it may be, and did not work.", "Mend the cause that the message names, then ask once more: kubectl provision load NODE --image IMAGE --again"),
        [Reasons.ObserveOnly] = new("The Node is only observed, so nothing is done.", "To have it done: kubectl provision resume NODE"),
        [Reasons.PendingApproval] = new("What would follow destroys something, and waits for a person to approve just that.", "Read what it would do, then: kubectl provision approve NODE. Or change the spec back."),
        [Reasons.Paused] = new("The Node is paused: the machine is neither looked at nor changed.", "To go on: kubectl provision resume NODE"),
        [Reasons.NotPaused] = new("The Node is not paused.", Nothing),
        [Reasons.Deleting] = new("The Node is being deleted.", "Nothing: wait. It goes within 15 minutes, whatever happens."),
        [Reasons.LeftBehind] = new("Something was left behind.", "Look at what the message names, and remove it if you do not want it."),
        [Reasons.NodeNotFound] = new("The Node does not exist.", "Create it, or name another one."),
        [Reasons.Loaded] = new("An image was loaded.", Nothing),
        [Reasons.Configured] = new("The system on the machine was configured.", Nothing),
        [Reasons.PoweredOn] = new("The machine was powered on.", Nothing),
        [Reasons.PowerReset] = new("The machine was reset.", Nothing),
        [Reasons.Unloaded] = new("The machine was emptied.", Nothing),
        [Reasons.Captured] = new("The capture is done and verified.", Nothing),
        [Reasons.ImageAvailable] = new("The image is whole and can be loaded.", Nothing),
        [Reasons.EngineAvailable] = new("The Provisioner answers and can be used.", Nothing),
        [Reasons.CredentialsAccepted] = new("The login works.", Nothing),
        [Reasons.HostKeyTrustedAfterLoad] = new("The login works, and the host key was trusted at first sight, because the spec says so.", "Pin the key, if the network is not your own."),
        [Reasons.Answering] = new("The machine answers.", Nothing),
        [Reasons.InternalError] = new("The operator met an error of its own.", "Look into the operator's log, and report it."),
    };

    /// <summary>The advice for a reason; a reason that a newer operator writes gets a general one.</summary>
    public static Advice For(string reason) => All.GetValueOrDefault(reason) ?? new("The operator gives a reason that this program does not know.", "Do what the message says, and update this program.");

    /// <summary>The page of the documentation about a reason.</summary>
    public static string PageOf(string reason) => $"docs/troubleshooting/{reason}.md";
}
