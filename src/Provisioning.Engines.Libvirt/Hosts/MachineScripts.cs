namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>Scripts with an effect on one machine. Each may run again from any point, unless it says otherwise.</summary>
internal static class MachineScripts
{
    /// <summary>The machine was on although it must be off.</summary>
    public const int NotOff = 32;

    /// <summary>The image changed since it was verified.</summary>
    public const int ImageChanged = 22;

    /// <summary>There is no space for the disk; the log says how much there is.</summary>
    public const int NoSpace = 34;

    private const string Virsh =
        """
        LC_ALL=C; export LC_ALL
        uri=$1 uuid=$2
        v() { virsh -q -c "$uri" "$@"; }

        """;

    /// <summary>Arguments: image directory, file, digest in hex, format, disk, size in bytes or nothing.</summary>
    public const string CreateDisk =
        """
        LC_ALL=C; export LC_ALL
        umask 077
        # Keeps the image from being deleted before the new disk can be seen to rest on it.
        exec 8>>"$1/.verified/$2.lock" && flock -s 8 || exit 30
        [ "$(cat "$1/.verified/$2.$3")" = "ok $(stat -c '%s %i %y %z' "$1/$2")" ] || exit 22
        rm -f -- "$5.new"
        # An empty overlay takes next to nothing, but a machine that starts without space for what it writes is paused by QEMU in the middle of its boot.
        free=$(df -Pk "${5%/*}" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)
        [ "${free:-0}" -ge 65536 ] || { printf 'space 67108864 %s %s\n' "$free" "${5%/*}"; exit 34; }
        qemu-img create -q -f qcow2 -F "$4" -b "$1/$2" "$5.new" ${6:+"$6"} || { code=$?; rm -f -- "$5.new"; exit "$code"; }
        sync "$5.new" 2>/dev/null || sync
        mv -- "$5.new" "$5"
        """;

    /// <summary>Arguments: URI, UUID. Cuts the power.</summary>
    public const string Destroy = Virsh +
        """
        state=$(v domstate "$uuid") || exit 31
        [ "$state" != 'shut off' ] || { echo 'already off'; exit 0; }
        v destroy "$uuid" && exit 0
        [ "$(v domstate "$uuid")" = 'shut off' ]
        """;

    /// <summary>Arguments: URI, UUID. Presses the power button.</summary>
    public const string Shutdown = Virsh +
        """
        v shutdown "$uuid" && exit 0
        [ "$(v domstate "$uuid")" = 'shut off' ]
        """;

    /// <summary>Arguments: URI, UUID.</summary>
    public const string Start = Virsh +
        """
        v start "$uuid" && exit 0
        [ "$(v domstate "$uuid")" = running ] && echo 'already on'
        """;

    /// <summary>Arguments: URI, UUID. Never repeated.</summary>
    public const string Reset = Virsh +
        """
        v reset "$uuid"
        """;

    /// <summary>Arguments: URI, UUID, directory, definition, record or nothing. The machine must be off.</summary>
    public const string Define = Virsh +
        """
        umask 077
        known=$(v list --all --uuid) || exit 31
        case $known in *"$uuid"*) [ "$(v domstate "$uuid")" = 'shut off' ] || exit 32 ;; esac
        if [ -n "${5:-}" ]; then
          printf '%s\n' "$5" >"$3/machine.json.new" && { sync "$3/machine.json.new" 2>/dev/null || sync; } && mv -- "$3/machine.json.new" "$3/machine.json" || exit 1
        fi
        printf '%s\n' "$4" >"$3/domain.xml" && v define "$3/domain.xml"
        """;

    /// <summary>Arguments: directory, record. Renews the record of a machine that has one.</summary>
    public const string RenewRecord =
        """
        umask 077
        [ -f "$1/machine.json" ] || exit 33
        printf '%s\n' "$2" >"$1/machine.json.new" && { sync "$1/machine.json.new" 2>/dev/null || sync; } && mv -- "$1/machine.json.new" "$1/machine.json"
        """;

    /// <summary>Arguments: URI, UUID.</summary>
    public const string Undefine = Virsh +
        """
        known=$(v list --all --uuid) || exit 31
        case $known in *"$uuid"*) ;; *) echo 'already gone'; exit 0 ;; esac
        v undefine --managed-save --snapshots-metadata --nvram "$uuid"
        """;

    /// <summary>Arguments: directory, name of the disk to keep.</summary>
    public const string RemoveOldDisks =
        """
        for path in "$1"/disk-*.qcow2 "$1"/disk-*.qcow2.new; do
          [ "${path##*/}" = "$2" ] || rm -f -- "$path" || exit 1
        done
        """;

    /// <summary>Arguments: directory.</summary>
    public const string RemoveMachine = """rm -rf -- "$1" """;

    /// <summary>Arguments: directory, disk name of the operation, temporary image of the operation. A disk that is already the machine's stays.</summary>
    public const string RemoveLeftovers =
        """
        rm -f -- "$1/$2.new" "$3"
        grep -qF "\"$2\"" "$1/machine.json" 2>/dev/null || rm -f -- "$1/$2"
        """;
}
