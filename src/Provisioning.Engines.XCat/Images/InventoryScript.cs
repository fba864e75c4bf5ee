using Provisioning.Engines.XCat.Hosts;

namespace Provisioning.Engines.XCat.Images;

/// <summary>
/// What belongs to an image, as the beginning of a script. An image is a list of lines: its definition, then its files with size and digest; the digest of the image is that
/// of this list. Names below the directories of an installation are written without them, so that the list is the same on management nodes that keep them elsewhere.
/// </summary>
internal static class InventoryScript
{
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

    /// <summary>Sets "install" to the directory that xCAT keeps images in.</summary>
    public const string InstallDirectory =
        """
        install=$(timeout -k 5 60 lsdef -t site -o clustersite -i installdir -c 2>/dev/null | sed -n 's/^clustersite: installdir=//p')
        case $install in /?*) install=${install%/} ;; *) install=/install ;; esac

        """;

    /// <summary>
    /// How names are written in the list, and back. In a definition a path begins after "=", "," or ":".
    /// Needs: format, name, images, install, XCATROOT.
    /// </summary>
    public const string Names =
        """
        literally() { printf '%s' "$1" | sed 's/[][\.*^$#&]/\\&/g'; }
        listed_definition() {
          case $format in partitions) cat ;; *) sed -e "s#\([=,:]\)$(literally "$install")/#\1installdir/#g" -e "s#\([=,:]\)$(literally "$XCATROOT")/#\1xcatroot/#g" ;; esac
        }
        placed_definition() {
          case $format in partitions) cat ;; *) sed -e "s#\([=,:]\)installdir/#\1$(literally "$install")/#g" -e "s#\([=,:]\)xcatroot/#\1$(literally "$XCATROOT")/#g" ;; esac
        }
        listed() {
          case $format in
            partitions) sed -e "s#^$(literally "$images")/#image/#" -e "s#^$(literally "$XCATROOT/share/xcat/install/image")/#template/#" ;;
            *) sed -e "s#^$(literally "$install")/#installdir/#" -e "s#^$(literally "$XCATROOT")/#xcatroot/#" ;;
          esac
        }
        placed() {
          case $format in
            partitions) sed -e "s#^image/#$(literally "$images")/#" -e "s#^template/#$(literally "$XCATROOT/share/xcat/install/image")/#" ;;
            *) sed -e "s#^installdir/#$(literally "$install")/#" -e "s#^xcatroot/#$(literally "$XCATROOT")/#" ;;
          esac
        }

        """;

    /// <summary>
    /// Reads what belongs to an image of exactly this name. Of an osimage: the attributes of its definition without the comment, the files that it names, and what its
    /// rootimgdir holds (for one that runs from memory the kernel and the packed files, not the tree they were packed from). Package repositories are not read.
    /// Of partitions: the files NAME.EXT and NAME-PARTITION.EXT and the template, never those of an image whose name only begins alike.
    /// Arguments: directory of xCAT, "osimage" or "partitions", name, directory of partition images, directory of what is known of images. An image that is
    /// being placed or deleted has a note there, and is not there.
    /// </summary>
    public const string Read = LookScripts.Prologue + FilesOfPartitions +
        """
        umask 077
        format=$1 name=$2 images=$3 known=$4; shift 4
        note=$known/$format-$name.absent
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
        read_definition() {
          stanza=$(timeout -k 5 60 lsdef -t osimage -o "$name" -z 2>&1); code=$?
          case $stanza in *'Could not find an object named'*) return 20 ;; esac
          [ "$code" = 0 ] || { printf '%s\n' "$stanza"; exit 30; }
          printf '%s\n' "$stanza" | grep -qxF -- "$name:" || return 20
          header=$(printf '%s\n' "$stanza" | sed -n 's/^    \([a-z][a-z]*=\)/\1/p' | grep -vE '^(objtype|usercomment)=' | sort)
          [ -n "$header" ] || exit 30
        }
        osimage() {
          read_definition || exit 20
          named_files
          root=$(attribute rootimgdir) method=$(attribute provmethod)
          case $method in
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
              [ -d "$root/etc" ] || missing "$root is not the tree of a system: it has no etc"
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

        """ + Names +
        """
        method=
        # Trees have many files: one program reads many of them.
        each() { printf '%s' "$files" | grep . | tr '\n' '\0' | xargs -0 -r "$@"; }
        identity() { { printf '%s\n' "$header"; each stat -L -c '%n %s %i %y %z'; } | sha256sum | cut -c1-64; }
        list() {
          printf '%s\n' "$header" | listed_definition
          {
            printf '%s' "$files" | grep . | listed | sed 's/^/n /'
            each stat -L -c 's %s'
            each sha256sum | sed 's/^\\//; s/^\(.\{64\}\).*/h \1/'
          } | awk '/^n /{ name[++names] = substr($0, 3) } /^s /{ size[++sizes] = $2 } /^h /{ hash[++hashes] = $2 }
            END { for (i = 1; i <= names; i++) print "file " name[i] " " size[i] " " hash[i]; exit names != sizes || names != hashes }'
        }
        inventory() { [ ! -e "$note" ] || { echo "note $note"; exit 20; }; take_stock; }
        take_stock() {
          case $format in osimage) osimage ;; partitions) partitions ;; esac
          state=$(identity) && bytes=$(each stat -L -c %s | awk '{ sum += $1 } END { printf "%.0f\n", sum }') || exit 30
          [ ${#state} = 64 ] && [ -n "$bytes" ] || exit 30
        }
        [ "$format" = partitions ] || {

        """ + InstallDirectory + "}\n";
}
