namespace Provisioning.Engines.Libvirt.Hosts;

/// <summary>Scripts that only look. Values come as positional arguments.</summary>
internal static class HostScripts
{
    /// <summary>Exit code of a section about something that is not there.</summary>
    public const int Absent = 44;

    /// <summary>
    /// Arguments: URI, UUID, directory, mark. Prints sections "MARK name exit-code" and their contents. The mark is random, so that no content
    /// can look like a section.
    /// </summary>
    public const string Look =
        """
        LC_ALL=C; export LC_ALL
        uri=$1 uuid=$2 dir=$3 mark=$4
        section() {
          name=$1; shift
          content=$("$@"); code=$?
          printf '%s %s %s\n%s\n' "$mark" "$name" "$code" "$content"
        }
        v() { virsh -q -c "$uri" "$@"; }
        record() {
          [ -f "$dir/machine.json" ] && [ ! -L "$dir/machine.json" ] || return 44
          head -c 17000 "$dir/machine.json"
        }
        disk() {
          [ -f "$1" ] && [ ! -L "$1" ] || return 44
          qemu-img info -U -f qcow2 --output=json "$1"
        }
        # Without -U qemu-img refuses a disk that a virtual machine writes to.
        unlocked() { qemu-img info -f qcow2 "$1" 2>&1 >/dev/null; }
        section list v list --all --uuid --name
        case $content in *"$uuid"*)
          section state v domstate "$uuid"
          section xml v dumpxml "$uuid" ;;
        esac
        section record record
        for path in "$dir"/disk-*.qcow2; do
          [ -e "$path" ] || continue
          section "disk:${path##*/}" disk "$path"
          section "lock:${path##*/}" unlocked "$path"
        done
        printf '%s end 0\n' "$mark"
        """;

    /// <summary>Arguments: URI, image directory, machine directory. Prints one line per missing thing, then "version TEXT".</summary>
    public const string Probe =
        """
        LC_ALL=C; export LC_ALL
        for program in virsh qemu-img sha256sum flock setsid stat df; do
          command -v "$program" >/dev/null 2>&1 || echo "missing $program"
        done
        for directory in "$2" "$3"; do
          parent=$directory
          while [ ! -e "$parent" ]; do parent=$(dirname -- "$parent"); done
          [ -d "$parent" ] && [ -w "$parent" ] && [ -x "$parent" ] || echo "unwritable $directory"
        done
        version=$(virsh -q -c "$1" version) || { echo "unusable"; exit 0; }
        printf 'version %s\n' "$(printf '%s' "$version" | tr '\n' ';' | head -c 300)"
        """;

    /// <summary>
    /// Arguments: directory, file, digest in hex. Prints "file SIZE VERIFIED STATE ORIGIN" or "missing"; a symbolic link is no image. Its origin is "fetched" for a
    /// copy that was fetched from elsewhere, by its inode.
    /// </summary>
    public const string ImageFile =
        """
        LC_ALL=C; export LC_ALL
        path=$1/$2
        if [ -f "$path" ] && [ ! -L "$path" ] && identity=$(stat -c '%s %i %y %z' "$path"); then
          record=$(cat "$1/.verified/$2.$3" 2>/dev/null)
          case $record in "ok $identity") verified=ok ;; "bad $identity") verified=bad ;; *) verified=no ;; esac
          if [ "$(cat "$1/.verified/$2.fetched" 2>/dev/null)" = "$(stat -c '%s %i' "$path")" ]; then origin=fetched; else origin=placed; fi
          printf 'file %s %s %s %s\n' "${identity%% *}" "$verified" "$(printf '%s' "$identity" | sha256sum | cut -c1-16)" "$origin"
        else
          # A directory that nobody made yet lacks the file as certainly as one that can be searched.
          place=$1
          while [ ! -e "$place" ]; do place=$(dirname -- "$place"); done
          if [ -d "$place" ] && [ -x "$place" ]; then echo missing; else echo unreadable; fi
        fi
        """;

    /// <summary>Arguments: disk, directory. Prints bytes that a copy may need, and bytes that are free.</summary>
    public const string Space =
        """
        LC_ALL=C; export LC_ALL
        (umask 022; mkdir -p "$2") || exit 1
        qemu-img measure -U -O qcow2 -f qcow2 --output=json "$1" || exit 2
        printf 'free %s\n' "$(df -Pk "$2" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)"
        """;
}
