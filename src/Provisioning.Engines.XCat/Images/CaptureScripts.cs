using Provisioning.Engines.XCat.Hosts;

namespace Provisioning.Engines.XCat.Images;

/// <summary>Scripts that make images from nodes. What an operation has begun to make is noted beside its jobs, so that it alone is removed when it is given up.</summary>
internal static class CaptureScripts
{
    /// <summary>
    /// Arguments: root of xCAT, "osimage" or "partitions", directory of partition images, image that is on the machine or nothing. Prints "space BYTES FREE-KIB DIRECTORY": what a
    /// capture takes for certain, which is what the image on the machine has, and 256 MiB. How much it takes in the end nobody knows before.
    /// </summary>
    public const string Space = LookScripts.Prologue + InventoryScript.FilesOfPartitions + InventoryScript.InstallDirectory +
        """
        format=$1 images=$2 loaded=$3 bytes=0
        if [ "$format" = partitions ]; then
          place=$images
          [ -z "$loaded" ] || bytes=$(files_of_partitions "$images" "$loaded" | while IFS= read -r path; do stat -c %s -- "$path"; done | awk '{ sum += $1 } END { printf "%.0f\n", sum }')
        else
          place=$install
          root=
          [ -z "$loaded" ] || root=$(timeout -k 5 60 lsdef -t osimage -o "$loaded" -i rootimgdir -c 2>/dev/null | sed -n "s/^$loaded: rootimgdir=//p")
          [ -z "$root" ] || [ ! -d "$root" ] || bytes=$(find "$root" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }')
        fi
        at=$place
        while [ ! -d "$at" ]; do at=$(dirname -- "$at"); done
        printf 'space %s %s %s\n' $((bytes + 268435456)) "$(df -Pk -- "$at" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)" "$place"
        """;

    /// <summary>Arguments: root of xCAT, node, name, type. Writes how many bytes there are as its progress.</summary>
    public const string ImageCapture = LookScripts.Prologue + InventoryScript.InstallDirectory +
        """
        umask 022
        node=$1 name=$2 type=$3 made=${PROVISIONING_JOB%/*}/made-osimage
        [ "$(timeout -k 5 60 nodels "$node" 2>&1)" = "$node" ] || { timeout -k 5 60 nodels "$node" 2>&1; exit 41; }
        if lsdef -t osimage -o "$name" >"$PROVISIONING_JOB/before" 2>&1; then
          [ -e "$made" ] || exit 29
          rmdef -t osimage -o "$name" || exit 45
        else
          grep -q 'Could not find an object named' "$PROVISIONING_JOB/before" || { cat "$PROVISIONING_JOB/before"; exit 45; }
          # A directory of that name would be overwritten, and removed if this fails.
          for directory in "$install"/netboot/*/*/"$name" "$install/sysclone/images/$name"; do
            [ ! -e "$directory" ] || [ -e "$made" ] || { echo "$directory exists"; exit 29; }
          done
        fi
        printf '%s\n' "$name" >"$made"
        (
          while sleep 1; do
            set -- "$install"/netboot/*/*/"$name" "$install/sysclone/images/$name"
            kilobytes=0
            for directory; do
              [ -d "$directory" ] || continue
              here=$(du -sk "$directory" 2>/dev/null | cut -f1)
              kilobytes=$((kilobytes + ${here:-0}))
            done
            printf '%s\n' "$kilobytes" >"$PROVISIONING_JOB/progress"
          done
        ) &
        growth=$!
        case $type in diskless) set -- -p "$name" ;; *) set -- ;; esac
        imgcapture "$node" -t "$type" "$@" -o "$name" >"$PROVISIONING_JOB/said" 2>"$PROVISIONING_JOB/errors"; code=$?
        kill "$growth" 2>/dev/null
        cat "$PROVISIONING_JOB/said" "$PROVISIONING_JOB/errors"
        [ "$code" = 0 ] && ! grep -qE '(^|: )Error: ' "$PROVISIONING_JOB/said" "$PROVISIONING_JOB/errors" || exit 45
        if [ "$type" = diskless ]; then
          grep -q '^Done\.' "$PROVISIONING_JOB/said" || { echo 'imgcapture ended without saying that it is done'; exit 45; }
          root=$(lsdef -t osimage -o "$name" -i rootimgdir -c | sed -n "s/^$name: rootimgdir=//p")
          [ -n "$root" ] || { echo 'the osimage has no rootimgdir'; exit 45; }
          # What imgcapture leaves may still have to be packed.
          [ -n "$(ls -1 "$root" | grep '^rootimg\.')" ] || packimage "$name" || exit 45
        fi
        """;

    /// <summary>Arguments: root of xCAT, node, directory of partition images, name. Makes sure that the name is free, and gives the image its template.</summary>
    public const string BeginPartitions = LookScripts.Prologue + InventoryScript.FilesOfPartitions +
        """
        umask 022
        images=$2 name=$3 made=${PROVISIONING_JOB%/*}/made-partitions templates=$XCATROOT/share/xcat/install/image
        if [ ! -e "$made" ]; then
          [ -z "$(files_of_partitions "$images" "$name")" ] && [ ! -e "$templates/$name.tmpl" ] && [ ! -e "$images/$name.img.capturedone" ] || exit 29
          printf '%s\n' "$name" >"$made"
        fi
        [ -s "$templates/default.tmpl" ] || { echo "the base template $templates/default.tmpl is missing"; exit 45; }
        cp -- "$templates/default.tmpl" "$templates/$name.tmpl.new" && mv -- "$templates/$name.tmpl.new" "$templates/$name.tmpl"
        """;

    /// <summary>Arguments: root of xCAT, directory of partition images, name. Prints "done", "failed" or "running", how many bytes there are, and how many KiB are free.</summary>
    public const string LookAtPartitions = InventoryScript.FilesOfPartitions +
        """
        state=running
        [ ! -e "$2/$3.img.capturedone" ] || state=done
        [ ! -e "$2/$3.img.capturefailed" ] || state=failed
        bytes=$(files_of_partitions "$2" "$3" | while IFS= read -r file; do stat -c %s "$file"; done | { sum=0; while read -r size; do sum=$((sum + size)); done; echo "$sum"; })
        printf '%s %s %s\n' "$state" "$bytes" "$(df -Pk -- "$2" | tail -n 1 | tr -s ' ' | cut -d' ' -f4)"
        """;

    /// <summary>Arguments: root of xCAT, node, directory of partition images, name, directory of the node, operation. What was captured is an image from now on.</summary>
    public const string Publish = InventoryScript.FilesOfPartitions +
        """
        [ ! -d "$3" ] || rm -f -- "$3/$4.img.capturedone"
        [ ! -e "$5/jobs/$6/made-partitions" ] || files_of_partitions "$3" "$4" | while IFS= read -r file; do chmod 644 "$file"; done
        rm -f -- "$5/jobs/$6/made-partitions" "$5/jobs/$6/made-osimage"
        """;

    /// <summary>
    /// Arguments after root and node: directory of the node, operation, directory of partition images. Sets the node back, and removes what was half made: only what the
    /// operation noted, and only where xCAT keeps captured images.
    /// </summary>
    public const string Abandon =
        "(\n" + NodeScripts.Restore + ") || failed=45\n" + InventoryScript.FilesOfPartitions +
        """
        made=$3/jobs/$4
        if [ -f "$made/made-partitions" ] && name=$(cat "$made/made-partitions") && [ -n "$name" ]; then
          files_of_partitions "$5" "$name" | while IFS= read -r file; do rm -f -- "$file"; done
          rm -f -- "$5/$name.img.capturedone" "$5/$name.img.capturefailed" "$1/share/xcat/install/image/$name.tmpl" "$made/made-partitions"
        fi
        if [ -f "$made/made-osimage" ] && name=$(cat "$made/made-osimage") && [ -n "$name" ]; then

        """ + LookScripts.Prologue + InventoryScript.InstallDirectory +
        """
          root=$(lsdef -t osimage -o "$name" -i rootimgdir -c 2>/dev/null | sed -n "s/^$name: rootimgdir=//p")
          if said=$(lsdef -t osimage -o "$name" 2>&1); then
            rmdef -t osimage -o "$name" >/dev/null 2>&1
            said=$(lsdef -t osimage -o "$name" 2>&1)
          fi
          case $root in "$install"/netboot/*/"$name") rm -rf -- "$root" ;; esac
          for root in "$install/sysclone/images/$name" "$install"/netboot/*/*/"$name"; do
            [ ! -d "$root" ] || rm -rf -- "$root"
          done
          case $said in *'Could not find an object named'*) rm -f -- "$made/made-osimage" ;; *) printf '%s\n' "$said"; failed=45 ;; esac
        fi
        exit "${failed:-0}"
        """;
}
