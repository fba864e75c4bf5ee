using Provisioning.Api.Machines;

namespace Provisioning.Engines.Libvirt.Domains;

/// <summary>Maps the words of "virsh domstate". Everything with a QEMU process has power; an unknown word is not guessed.</summary>
internal static class DomainState
{
    public const string ShutOff = "shut off";
    public const string Running = "running";

    public static PowerValue PowerOf(string state) => state switch
    {
        ShutOff => PowerValue.Off,
        // Paused by a person or by an I/O error, suspended by the guest, or kept after a crash: there is a process, its memory and its disk lock.
        Running or "idle" or "paused" or "in shutdown" or "pmsuspended" or "crashed" => PowerValue.On,
        _ => PowerValue.Unknown,
    };

    /// <summary>A machine that is on, for people. One that is on and does nothing goes on only if somebody sees to it: what stopped it may be a full disk.</summary>
    public static string DescribeOn(string state, string domain) => state switch
    {
        "paused" => $"The machine is on, but paused: see why with 'virsh domstate --reason {domain}' on the VM host, and resume it with 'virsh resume {domain}'.",
        "pmsuspended" => $"The machine is on, but suspended by its own system: wake it with 'virsh dompmwakeup {domain}' on the VM host.",
        "crashed" => "The machine is on, but its system has crashed: look at its console, and set spec.powerResetToken to a new value to reset it.",
        "in shutdown" => "The machine is on, but is shutting down.",
        _ => "The machine is on.",
    };
}
