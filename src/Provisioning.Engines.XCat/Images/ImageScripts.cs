using Provisioning.Engines.XCat.Hosts;

namespace Provisioning.Engines.XCat.Images;

/// <summary>
/// Scripts that work on images. The first argument of each is the directory of xCAT. An image is a list of lines: its definition, then its files with size and
/// digest; the digest of the image is that of this list.
/// </summary>
internal static class ImageScripts
{
    public const int Missing = 20;
    public const int Incomplete = 21;
    public const int DigestDiffers = 22;
    public const int Changed = 23;
    public const int Damaged = 24;
    public const int NameTaken = 29;

    /// <summary>
    /// Prints the files of the partition images of exactly one name, one path a line: "golden-1" has golden-1.img and golden-1-sda2.gz.000, and never golden-1.2.img or
    /// golden-10.img. What follows the name must be a partition and endings that are known.
    /// </summary>
    public const string FilesOfPartitions =
        """
        files_of_partitions() {
          for path in "$1/$2"[.-]*; do
            [ -f "$path" ] && [ ! -L "$path" ] || continue
            printf '%s\n' "${path#"$1/$2"}" \
              | grep -qE '^(-([shv]|xv)d[a-z]+[0-9]*|-nvme[0-9]+n[0-9]+(p[0-9]+)?|-mmcblk[0-9]+(p[0-9]+)?)?(\.(img|gz|bz2|xz|zst|mbr|sfdisk|pt|parts|info))+(\.[0-9]{2,3}|\.[a-z]{2})?$' \
              && printf '%s\n' "$path"
          done | sort
        }

        """;

    /// <summary>
    /// Reads what belongs to an image of exactly this name. Of an osimage: the attributes of its definition without the comment, the files that it names, and what its
    /// rootimgdir holds (for one that runs from memory the kernel and the packed files, not the tree they were packed from). Package repositories are not read.
    /// Of partitions: the files NAME.EXT and NAME-PARTITION.EXT and the template, never those of an image whose name only begins alike.
    /// </summary>
    public const string Inventory = LookScripts.Prologue + FilesOfPartitions +
        """
        umask 077
        format=$1 name=$2 images=$3; shift 3
        files= line='
        '
        missing() { echo "$1"; exit 21; }
        attribute() { printf '%s\n' "$header" | sed -n "s/^$1=//p"; }
        add() { files=$files$1$line; }
        named_files() {
          set -f
          for key in exlist otherpkglist partitionfile pkglist postinstall synclists template; do
            for path in $(attribute "$key" | tr ',' ' '); do
              path=${path#[sd]:}
              [ -f "$path" ] || missing "$key of $name names $path, which is not there"
              add "$path"
            done
          done
          set +f
        }
        osimage() {
          stanza=$(timeout -k 5 60 lsdef -t osimage -o "$name" -z 2>&1); code=$?
          case $stanza in *'Could not find an object named'*) exit 20 ;; esac
          [ "$code" = 0 ] || { printf '%s\n' "$stanza"; exit 30; }
          printf '%s\n' "$stanza" | grep -qxF -- "$name:" || exit 20
          header=$(printf '%s\n' "$stanza" | sed -n 's/^    \([a-z][a-z]*=\)/\1/p' | grep -vE '^(objtype|usercomment)=' | sort)
          [ -n "$header" ] || exit 30
          named_files
          root=$(attribute rootimgdir)
          case $(attribute provmethod) in
            netboot|statelite|diskless)
              [ -n "$root" ] && [ -d "$root" ] || missing "$name has no rootimgdir"
              kernel=0 initrd=0 packed=0
              for path in "$root"/*; do
                [ -f "$path" ] || continue
                case ${path##*/} in kernel) kernel=1 ;; initrd*) initrd=1 ;; rootimg.*) packed=1 ;; esac
                add "$path"
              done
              [ "$kernel$initrd" = 11 ] || missing "$root lacks the kernel or the initial ramdisk: run genimage"
              [ "$packed" = 1 ] || missing "$root lacks the packed image: run packimage" ;;
            sysclone)
              [ -n "$root" ] && [ -d "$root" ] || missing "$name has no rootimgdir"
              add "$(find "$root" -type f | sort)" ;;
          esac
        }
        partitions() {
          [ -d "$images" ] || { echo "$images is not there"; exit 30; }
          header="partitions=$name"
          files=$(files_of_partitions "$images" "$name")
          [ -n "$files" ] || exit 20
          files=$files$line
          template=$XCATROOT/share/xcat/install/image/$name.tmpl
          [ -s "$template" ] || missing "the template $template is missing or empty"
          add "$template"
        }
        case $format in osimage) osimage ;; partitions) partitions ;; esac
        each() { printf '%s' "$files" | while IFS= read -r path; do [ -z "$path" ] || "$@" "$path" || exit 1; done; }
        identity() { { printf '%s\n' "$header"; each stat -L -c '%n %s %i %y %z'; } | sha256sum | cut -c1-64; }
        size() { each stat -L -c %s | { sum=0; while read -r bytes; do sum=$((sum + bytes)); done; echo "$sum"; }; }
        entry() { printf 'file %s %s %s\n' "$1" "$(stat -L -c %s "$1")" "$(sha256sum <"$1" | cut -c1-64)"; }
        list() { printf '%s\n' "$header"; each entry; }
        state=$(identity) || exit 30
        bytes=$(size) || exit 30

        """;

    /// <summary>Arguments after those of the inventory: directory of verified images, digest in hex. Prints "image SIZE ok|bad|no STATE".</summary>
    public const string Look = Inventory +
        """
        case $(cat "$1/$name.$2" 2>/dev/null) in "ok $state") known=ok ;; "bad $state") known=bad ;; *) known=no ;; esac
        printf 'image %s %s %s\n' "$bytes" "$known" "$state"
        """;

    /// <summary>Arguments after those of the inventory: directory of verified images, digest in hex. Reads all files, once for each state of them.</summary>
    public const string Verify =
        """
        # Before the inventory: whoever comes second finds what the first has found.
        mkdir -p "$5" && exec 8>>"$5/$3.lock" && flock 8 || exit 30

        """ + Inventory +
        """
        record=$1/$name.$2
        case $(cat "$record" 2>/dev/null) in "bad $state") exit 22 ;; "ok $state") printf 'image %s\n' "$bytes"; exit 0 ;; esac
        digest=$(list | sha256sum | cut -c1-64)
        [ "$(identity)" = "$state" ] || exit 23
        [ "$digest" = "$2" ] && word=ok || word=bad
        printf '%s %s\n' "$word" "$state" >"$record.new" && mv -- "$record.new" "$record" || exit 30
        [ "$word" = ok ] || { printf 'sha256:%s\n' "$digest"; exit 22; }
        printf 'image %s\n' "$bytes"
        """;

    /// <summary>
    /// Arguments after those of the inventory: directory of verified images. The end check of a capture: everything that belongs to the image is there, nothing is empty,
    /// and what is packed can be unpacked. Prints "captured sha256:DIGEST SIZE".
    /// </summary>
    public const string Check = Inventory +
        """
        whole() {
          [ -s "$1" ] || { echo "$1 is empty"; return 1; }
          case $1 in
            *.gz) gzip -t "$1" ;;
            *.xz) xz -t "$1" ;;
            *.bz2) bzip2 -t "$1" ;;
            *.zst) zstd -q -t "$1" ;;
            *.gz.000|*.gz.00|*.gz.aa) cat -- "${1%.*}".* | gzip -t ;;
          esac
        }
        each whole || exit 24
        digest=$(list | sha256sum | cut -c1-64)
        [ "$(identity)" = "$state" ] || { echo 'something still writes to it'; exit 23; }
        [ "$bytes" -gt 0 ] || { echo 'it has no contents'; exit 24; }
        mkdir -p "$1" && printf 'ok %s\n' "$state" >"$1/$name.$digest" || exit 30
        printf 'captured sha256:%s %s\n' "$digest" "$bytes"
        """;
}
