namespace Provisioning.EndToEnd.Bed;

/// <summary>The faults that are injected on real parts: the rows of the table in docs/reliability.md.</summary>
public static class Fault
{
    public const string OperatorKilled = "operator: kill -9";
    public const string OperatorPaused = "operator: SIGSTOP beyond its lease, a second one takes over, SIGCONT, and a command that arrives late";
    public const string OperatorReplaced = "operator: replaced by a new one with a load and a capture in flight";
    public const string ApiServerKilled = "kube-apiserver: kill -9";
    public const string ApiServerAway = "kube-apiserver: away for longer than the renew deadline, with two replicas";
    public const string EtcdKilled = "etcd: kill -9";
    public const string SshServerKilled = "sshd of the VM host: kill -9, its sessions too";
    public const string LibvirtKilled = "libvirtd: kill -9";
    public const string QemuImgKilled = "qemu-img: kill -9 while it runs";
    public const string NetworkCut = "network to the VM host: cut";
    public const string NetworkDelayed = "network to the VM host: a slow line";
    public const string LabNetworkCut = "network to a Lab machine: cut in mid-load";
    public const string LabNetworkDelayed = "network to a Lab machine: a slow line";
    public const string DiskFilled = "image directory: full in mid-capture";
    public const string HostKeyChanged = "VM host: another host key in mid-load";
    public const string SecretRotated = "login of the VM host: rotated in mid-load";
    public const string DeletedInFlight = "Node: deleted with a load in flight, with the login of the VM host and without";
    public const string Greeted = "VM host, guest, Lab machine: a login banner, and a greeting before every answer";
    public const string TerminalEscapes = "VM host, Lab machine: terminal escapes in whatever they say";
    public const string NoAnswer = "VM host, Lab machine: takes the login and never answers";
    public const string EndlessAnswer = "VM host, Lab machine: answers 10 GB";
    public const string Injected = "VM host, Lab machine, configuration: commands in names, addresses and paths, on an API server that refuses nothing";

    /// <summary>All of them, in the order of the table.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        OperatorKilled, OperatorPaused, OperatorReplaced, ApiServerKilled, ApiServerAway, EtcdKilled, SshServerKilled, LibvirtKilled, QemuImgKilled, NetworkCut, NetworkDelayed, LabNetworkCut,
        LabNetworkDelayed, DiskFilled, HostKeyChanged, SecretRotated, DeletedInFlight, Greeted, TerminalEscapes, NoAnswer, EndlessAnswer, Injected,
    ];
}
