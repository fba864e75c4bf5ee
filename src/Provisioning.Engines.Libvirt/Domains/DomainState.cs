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
}
