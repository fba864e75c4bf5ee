namespace Provisioning.Engines.XCat.Images;

/// <summary>
/// Scripts that copy partition images to another management node as one stream of bytes: a head of 64 KiB with a line "NAME SIZE" for each file, then the files in the order of
/// the lines, the template last. Any part of it can be read, so that a copy is resumed anywhere.
/// </summary>
internal static class TransferScripts
{
    public const int HeadBytes = 65536;

    private const string Head = "provisioning-partitions 1";

    /// <summary>Arguments after those of the inventory: offset, number of bytes. Prints that part of the stream.</summary>
    public const string Read = ImageScripts.Inventory +
        $$"""
        offset=$1 count=$2 start=0
        IFS=$line
        set -f
        head_lines() {
          echo '{{Head}}'
          for path in $files; do printf '%s %s\n' "${path##*/}" "$(stat -L -c %s "$path")"; done
          head -c 65536 /dev/zero | tr '\0' '\n'
        }
        # Arguments: size, command that prints from a byte on, its argument.
        part() {
          end=$((start + $1))
          if [ "$count" -gt 0 ] && [ "$offset" -ge "$start" ] && [ "$offset" -lt "$end" ]; then
            length=$((end - offset))
            [ "$length" -le "$count" ] || length=$count
            "$2" "$((offset - start))" "$length" "$3" || exit 30
            offset=$((offset + length)) count=$((count - length))
          fi
          start=$end
        }
        of_head() { head_lines | head -c 65536 | tail -c "+$(($1 + 1))" | head -c "$2"; }
        of_file() { dd if="$3" bs=1M iflag=skip_bytes,count_bytes skip="$1" count="$2" status=none; }
        part 65536 of_head ''
        for path in $files; do part "$(stat -L -c %s "$path")" of_file "$path"; done
        """;

    /// <summary>
    /// Arguments: root of xCAT, directory of partition images, name, digest in hex, received stream. Compares the list of what arrived with the digest of the image before
    /// anything is put in its place. Nothing is replaced, and without its template, which comes last, an image is not complete.
    /// </summary>
    public const string Receive =
        $$"""
        LC_ALL=C; export LC_ALL
        umask 022
        images=$2 name=$3 stream=$5 template=$1/share/xcat/install/image/$3.tmpl
        if [ ! -e "$stream" ]; then [ -s "$template" ] && exit 0; exit 20; fi
        unfit() { rm -f -- "$stream"; echo "$1"; exit "$2"; }
        lines=$(head -c 65536 "$stream" | sed '/^$/d')
        case $lines in '{{Head}}'?*) ;; *) unfit 'this is no stream of partition images' 24 ;; esac
        IFS='
        '
        set -f
        # Arguments: what to do with each file; it gets its name, its place, its size and where it begins.
        each() {
          position=65536
          for entry in $(printf '%s\n' "$lines" | tail -n +2); do
            file=${entry% *} size=${entry##* }
            case $size in ''|*[!0-9]*|????????????????*) unfit 'a size is no number' 24 ;; esac
            case $file in
              */*) unfit 'a name is no plain file name' 24 ;;
              "$name.tmpl") place=$template ;;
              "$name"[.-]*) place=$images/$file ;;
              *) unfit 'a file belongs to another image' 24 ;;
            esac
            "$1" "$place" "$size" "$position" || return
            position=$((position + size))
          done
        }
        content() { dd if="$stream" bs=1M iflag=skip_bytes,count_bytes skip="$2" count="$1" status=none; }
        line() { printf 'file %s %s %s\n' "$1" "$2" "$(content "$2" "$3" | sha256sum | cut -c1-64)"; }
        list() { printf 'partitions=%s\n' "$name"; each line; }
        digest=$(list | sha256sum | cut -c1-64)
        [ "$digest" = "$4" ] || unfit "sha256:$digest" 22
        put() {
          mkdir -p "${1%/*}" && new=${1%/*}/.fetch-new.${1##*/} && content "$2" "$3" >"$new" || exit 30
          ln -- "$new" "$1" 2>/dev/null || cmp -s "$new" "$1" || { rm -f -- "$new"; echo "$1 exists"; exit 29; }
          rm -f -- "$new"
        }
        each put
        sync
        rm -f -- "$stream" "$stream.lock"
        """;
}
