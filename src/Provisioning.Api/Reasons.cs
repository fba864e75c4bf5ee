namespace Provisioning.Api;

/// <summary>
/// Every CamelCase reason that conditions, events and status fields carry. One list, so that each has its explanation in the documentation.
/// </summary>
public static class Reasons
{
    /// <summary>The fact was not looked at.</summary>
    public const string NotProbed = nameof(NotProbed);

    /// <summary>The machine is as declared.</summary>
    public const string AsDeclared = nameof(AsDeclared);

    /// <summary>No image is asked for.</summary>
    public const string NoImageDesired = nameof(NoImageDesired);

    /// <summary>The power state is not the declared one.</summary>
    public const string PowerDiffers = nameof(PowerDiffers);

    /// <summary>Power is not managed.</summary>
    public const string PowerNotManaged = nameof(PowerNotManaged);

    /// <summary>The machine is off, or was powered off; what it runs cannot be read.</summary>
    public const string PoweredOff = nameof(PoweredOff);

    /// <summary>The endpoint of the provisioner does not answer.</summary>
    public const string HostUnreachable = nameof(HostUnreachable);

    /// <summary>The endpoint or machine shows another SSH host key than the pinned one.</summary>
    public const string HostKeyMismatch = nameof(HostKeyMismatch);

    /// <summary>No SSH host key of the machine is known, so it cannot be trusted.</summary>
    public const string HostKeyUnknown = nameof(HostKeyUnknown);

    /// <summary>The login was refused.</summary>
    public const string CredentialsRefused = nameof(CredentialsRefused);

    /// <summary>The Secret is missing or lacks a key.</summary>
    public const string SecretInvalid = nameof(SecretInvalid);

    /// <summary>The ConfigMap of a hook is missing, lacks the key, or holds a program that is empty or too long.</summary>
    public const string HookInvalid = nameof(HookInvalid);

    /// <summary>The machine's SSH server does not answer.</summary>
    public const string SshUnreachable = nameof(SshUnreachable);

    /// <summary>The host answered something that cannot be right.</summary>
    public const string UnexpectedAnswer = nameof(UnexpectedAnswer);

    /// <summary>currentimage.txt does not exist.</summary>
    public const string CurrentImageMissing = nameof(CurrentImageMissing);

    /// <summary>currentimage.txt could not be read or is too large or garbled.</summary>
    public const string CurrentImageUnreadable = nameof(CurrentImageUnreadable);

    /// <summary>The machine has no disk or domain.</summary>
    public const string MachineMissing = nameof(MachineMissing);

    /// <summary>A machine that this product did not make, or made for another Node, is in this Node's place. It is not touched.</summary>
    public const string MachineNotOurs = nameof(MachineNotOurs);

    /// <summary>Another image is on the machine.</summary>
    public const string ImageDiffers = nameof(ImageDiffers);

    /// <summary>A load began and did not finish.</summary>
    public const string LoadIncomplete = nameof(LoadIncomplete);

    /// <summary>The machine carries a taint mark.</summary>
    public const string Tainted = nameof(Tainted);

    /// <summary>The operating system module's check failed.</summary>
    public const string OperatingSystemCheckFailed = nameof(OperatingSystemCheckFailed);

    /// <summary>Post-load has not been completed.</summary>
    public const string NotConfigured = nameof(NotConfigured);

    /// <summary>The machine reports another image than the one that was loaded on it.</summary>
    public const string IdentityMismatch = nameof(IdentityMismatch);

    /// <summary>A new reload token was given.</summary>
    public const string ReloadRequested = nameof(ReloadRequested);

    /// <summary>The Provisioner does not exist.</summary>
    public const string ProvisionerNotFound = nameof(ProvisionerNotFound);

    /// <summary>The Provisioner cannot be used.</summary>
    public const string ProvisionerNotReady = nameof(ProvisionerNotReady);

    /// <summary>The Image does not exist.</summary>
    public const string ImageNotFound = nameof(ImageNotFound);

    /// <summary>The provisioner does not have the image's file.</summary>
    public const string ImageFileMissing = nameof(ImageFileMissing);

    /// <summary>The image's file does not have the Image's digest.</summary>
    public const string ImageDigestMismatch = nameof(ImageDigestMismatch);

    /// <summary>The image's file is damaged or not what its format says.</summary>
    public const string ImageInvalid = nameof(ImageInvalid);

    /// <summary>An Image of that name exists with other contents.</summary>
    public const string ImageNameTaken = nameof(ImageNameTaken);

    /// <summary>The image's file is still used, so it is not deleted yet.</summary>
    public const string ImageInUse = nameof(ImageInUse);

    /// <summary>The image is being copied from another Provisioner.</summary>
    public const string ImageFetching = nameof(ImageFetching);

    /// <summary>The engine lacks the verb.</summary>
    public const string NotSupported = nameof(NotSupported);

    /// <summary>A field has a value that cannot be used.</summary>
    public const string InvalidSpec = nameof(InvalidSpec);

    /// <summary>The limit of operations is reached.</summary>
    public const string Queued = nameof(Queued);

    /// <summary>An operation is under way.</summary>
    public const string OperationRunning = nameof(OperationRunning);

    /// <summary>Waiting for the next attempt.</summary>
    public const string WaitingToRetry = nameof(WaitingToRetry);

    /// <summary>An operation made no progress for too long.</summary>
    public const string NoProgress = nameof(NoProgress);

    /// <summary>An operation took longer than its deadline.</summary>
    public const string DeadlineExceeded = nameof(DeadlineExceeded);

    /// <summary>An operation's goal was changed while it ran.</summary>
    public const string Superseded = nameof(Superseded);

    /// <summary>A newer operation has taken the machine over.</summary>
    public const string Fenced = nameof(Fenced);

    /// <summary>A command on the host failed.</summary>
    public const string CommandFailed = nameof(CommandFailed);

    /// <summary>A command was started and it cannot be told whether it took effect.</summary>
    public const string OutcomeUnknown = nameof(OutcomeUnknown);

    /// <summary>The host's disk is full.</summary>
    public const string DiskFull = nameof(DiskFull);

    /// <summary>A step inside the operating system failed.</summary>
    public const string StepFailed = nameof(StepFailed);

    /// <summary>The machine did not shut down in time.</summary>
    public const string ShutdownTimedOut = nameof(ShutdownTimedOut);

    /// <summary>The machine was switched on a short while ago and does not answer SSH yet.</summary>
    public const string Booting = nameof(Booting);

    /// <summary>The machine is as declared again after a stall, or after it could not be told.</summary>
    public const string Recovered = nameof(Recovered);

    /// <summary>The machine did not boot in time.</summary>
    public const string BootTimedOut = nameof(BootTimedOut);

    /// <summary>Too many attempts failed.</summary>
    public const string AttemptsExhausted = nameof(AttemptsExhausted);

    /// <summary>The management policy forbids acting.</summary>
    public const string ObserveOnly = nameof(ObserveOnly);

    /// <summary>changePolicy is Approve, and what would follow destroys something that nobody has approved to be destroyed.</summary>
    public const string PendingApproval = nameof(PendingApproval);

    /// <summary>The Node is paused.</summary>
    public const string Paused = nameof(Paused);

    /// <summary>The Node is not paused.</summary>
    public const string NotPaused = nameof(NotPaused);

    /// <summary>The object is being deleted.</summary>
    public const string Deleting = nameof(Deleting);

    /// <summary>Something was left behind that a person may want to remove.</summary>
    public const string LeftBehind = nameof(LeftBehind);

    /// <summary>The Node does not exist.</summary>
    public const string NodeNotFound = nameof(NodeNotFound);

    /// <summary>An image was loaded.</summary>
    public const string Loaded = nameof(Loaded);

    /// <summary>The system on the machine was configured.</summary>
    public const string Configured = nameof(Configured);

    /// <summary>The machine was powered on.</summary>
    public const string PoweredOn = nameof(PoweredOn);

    /// <summary>The machine was reset.</summary>
    public const string PowerReset = nameof(PowerReset);

    /// <summary>The machine was emptied.</summary>
    public const string Unloaded = nameof(Unloaded);

    /// <summary>The capture is done and verified.</summary>
    public const string Captured = nameof(Captured);

    /// <summary>The image is whole and can be loaded.</summary>
    public const string ImageAvailable = nameof(ImageAvailable);

    /// <summary>The engine answers and can be used.</summary>
    public const string EngineAvailable = nameof(EngineAvailable);

    /// <summary>The login works.</summary>
    public const string CredentialsAccepted = nameof(CredentialsAccepted);

    /// <summary>The login works, and the host key was trusted at first sight because the spec says so.</summary>
    public const string HostKeyTrustedAfterLoad = nameof(HostKeyTrustedAfterLoad);

    /// <summary>The machine answers.</summary>
    public const string Answering = nameof(Answering);

    /// <summary>An unexpected error of the operator itself.</summary>
    public const string InternalError = nameof(InternalError);
}
