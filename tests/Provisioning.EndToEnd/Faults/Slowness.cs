using Provisioning.EndToEnd.Bed;

namespace Provisioning.EndToEnd.Faults;

/// <summary>Makes windows in which a fault falls: the effect comes, the answer late, or a real copy goes slowly.</summary>
internal static class Slowness
{
    /// <summary>The effect of a virsh command comes at once, its answer late.</summary>
    public static Task AnswerLateAsync(this VmHost host, string verb, int seconds = 3) =>
        host.BreakAsync("virsh", $$"""case " $* " in *" {{verb}} "*) { "$REAL" "$@"; code=$?; sleep {{seconds}}; exit "$code"; } ;; esac""");

    /// <summary>qemu-img itself copies no faster than some MB a second.</summary>
    public static Task CopySlowlyAsync(this VmHost host, int megabytesPerSecond = 4) =>
        host.BreakAsync("qemu-img", $$"""case "$1" in convert) shift; exec "$REAL" convert -r {{megabytesPerSecond}}M "$@" ;; esac""");

    /// <summary>What the disk is made with comes back late.</summary>
    public static Task MakeDiskLateAsync(this VmHost host, int seconds = 3) =>
        host.BreakAsync("qemu-img", $$"""case "$1" in create) { "$REAL" "$@"; code=$?; sleep {{seconds}}; exit "$code"; } ;; esac""");
}
