using Provisioning.Engines.XCat.Hosts;

namespace Provisioning.Engines.XCat.Images;

/// <summary>
/// Scripts by which images come and go. A copy is one stream: a line of 32 bytes with the length of the list, the list whose digest is that of the image, and the files in the
/// list's order. While an image is placed or deleted there is a note that says what to remove, and to everybody else the image is not there: so it is whole or absent,
/// whatever dies in between.
/// </summary>
internal static class LibraryScripts
{
    /// <summary>Arguments: directory of xCAT, directory of what is known of images, name, digest in hex, offset, bytes. Prints that part of the stream.</summary>
    public const string Read = LookScripts.Prologue +
        """
        record=$1/$2.$3 from=$4 count=$5
        [ -f "$record.list" ] && [ -f "$record.paths" ] || { echo 'the image is not there any more' >&2; exit 20; }
        head=$(stat -c %s "$record.list")
        [ "$from" -ge $((32 + head)) ] || { printf 'xcat-image 1 %018d\n' "$head"; cat -- "$record.list"; } | tail -c "+$((from + 1))" | head -c "$count"
        awk -v from="$from" -v end=$((from + count)) -v position=$((32 + head)) '
          NR == FNR { path[FNR] = $0; next }
          /^file / {
            words = split($0, word, " "); bytes = word[words - 1]; last = position + bytes; file = path[++files]
            if (last > from && position < end && bytes > 0) {
              skip = from > position ? from - position : 0; stop = end < last ? end - position : bytes
              printf "%.0f %.0f %s\n", skip, stop - skip, file
            }
            position = last
          }' "$record.paths" "$record.list" |
        while read -r skip take path; do
          dd if="$path" bs=1M iflag=skip_bytes,count_bytes,fullblock skip="$skip" count="$take" status=none || exit 1
        done
        """;

    /// <summary>
    /// Arguments after those of the inventory: digest in hex, received stream. Checks the list, then each file, places them and defines the osimage. No file that is there is
    /// replaced; what lies outside of the directory of images must be there already. "fetched" holds the state of an image that is a copy, and what was placed for it.
    /// </summary>
    public const string Receive =
        """
        mkdir -p "$5" && exec 8>>"$5/$3.lock" && flock 8 || exit 30

        """ + InventoryScript.Read + NoteScript.Clear +
        """
        hex=$1 part=$2 record=$known/$name.$1 expected=$known/$name.list.new
        # What arrived is another file from now on, so that it is tried again.
        give_up() { clear_note; rm -f -- "$expected"; touch -- "$part"; exit "$1"; }
        spoilt() { echo "$1"; clear_note; rm -f -- "$expected" "$part" "$part.lock"; exit 22; }
        refuse() { echo "$2"; give_up "$1"; }
        missing() { refuse 21 "$1"; }
        clear_note
        # An earlier run came to its end and was not heard of.
        [ -e "$part" ] || { [ -f "$record.fetched" ] && exit 0; exit 20; }
        case $(head -c 32 "$part" | tr -d '\0') in 'xcat-image 1 '[0-9]*[0-9]) ;; *) spoilt 'it is not a stream of an image' ;; esac
        head=$(head -c 31 "$part" | sed 's/^xcat-image 1 0*\([0-9]\)/\1/')
        case $head in *[!0-9]*) spoilt 'the length of its list is no number' ;; esac
        dd if="$part" of="$expected" bs=1M iflag=skip_bytes,count_bytes,fullblock skip=32 count="$head" status=none || exit 30
        [ "$(sha256sum <"$expected" | cut -c1-64)" = "$hex" ] || spoilt 'its list does not have the digest'
        [ "$format" = osimage ] || [ "$(head -n 1 "$expected")" = "partitions=$name" ] || refuse 21 "the image is that of $(head -n 1 "$expected" | head -c 200), not of $name"
        lists() { grep '^file ' "$expected" | awk '{ print $(NF - 1), $NF, substr($0, 6, length($0) - 7 - length($(NF - 1)) - length($NF)) }'; }
        home() {
          [ "$format" = osimage ] || { printf '%s\n' "$images"; return; }
          printf '%s\n' "$install"
        }
        inside() { case $(realpath -m -- "$1")/ in "$(realpath -m -- "$2")"/*) return 0 ;; esac; return 1; }
        may_place() {
          case $1 in */../*|*/./*|*/.*) return 1 ;; esac
          [ "$1" != "$XCATROOT/share/xcat/install/image/$name.tmpl" ] || [ "$format" != partitions ] || return 0
          inside "$1" "$(home)" && { [ "$format" = osimage ] || [ -z "${1##"$images/$name"[.-]*}" ]; }
        }
        if [ "$format" = osimage ]; then
          (read_definition) >/dev/null
          case $? in 20) ;; 0) refuse 29 "an osimage $name is defined" ;; *) refuse 30 'lsdef does not answer' ;; esac
        elif [ -n "$(files_of_partitions "$images" "$name")" ] || [ -e "$XCATROOT/share/xcat/install/image/$name.tmpl" ]; then
          refuse 29 "files of the name $name are there"
        fi
        needed=$(lists | while read -r size hash path; do path=$(printf '%s\n' "$path" | placed); [ -e "$path" ] || echo "$size"; done | awk '{ sum += $1 } END { printf "%.0f\n", sum }')
        free() { df -Pk -- "$1" 2>/dev/null | tail -n 1 | tr -s ' ' | cut -d' ' -f4; }
        space() { echo "space $needed $(free "$(home)") $(home)"; give_up 31; }
        [ $((needed / 1024 + 1)) -le "$(free "$(home)")" ] || space
        printf 'receiving\n' >"$note" || exit 30
        position=$((32 + head))
        lists >"$known/$name.files.new"
        while read -r size hash path; do
          path=$(printf '%s\n' "$path" | placed) at=$position position=$((position + size))
          bytes() { dd if="$part" bs=1M iflag=skip_bytes,count_bytes,fullblock skip="$at" count="$size" status=none; }
          if [ -e "$path" ]; then
            [ "$(bytes | sha256sum | cut -c1-64)" = "$hash" ] || spoilt "$path did not arrive whole"
            [ "$(stat -L -c %s -- "$path")" = "$size" ] && [ "$(sha256sum <"$path" | cut -c1-64)" = "$hash" ] || refuse 29 "$path is there with other contents"
            continue
          fi
          may_place "$path" || refuse 21 "it needs $path, which is not there and comes with xCAT or from a person: it is not below $(home)"
          dir=$(dirname -- "$path") missing=
          while [ ! -d "$dir" ]; do missing=$dir$line$missing; dir=$(dirname -- "$dir"); done
          printf '%s' "$missing" | sed 's/^/dir /' >>"$note"
          new=${path%/*}/.placing-$hex
          printf 'file %s\n' "$new" >>"$note" && (umask 022; mkdir -p -- "${path%/*}") || give_up 30
          [ "$(bytes | tee -- "$new" 2>/dev/null | sha256sum | cut -c1-64)" = "$hash" ] || spoilt "$path did not arrive whole"
          [ "$(stat -c %s -- "$new")" = "$size" ] || { [ "$(free "${path%/*}")" -gt 1024 ] && refuse 30 "$new cannot be written" || space; }
          chmod 644 "$new" && { sync "$new" 2>/dev/null || sync; } || give_up 30
          printf 'place %s %s\n' "$(stat -c %i -- "$new")" "$path" >>"$note" && ln -- "$new" "$path" && rm -f -- "$new" || refuse 29 "$path appeared meanwhile"
        done <"$known/$name.files.new"
        rm -f -- "$known/$name.files.new"
        if [ "$format" = osimage ]; then
          echo undefine >>"$note" || give_up 30
          own=1
          { printf '%s:\n    objtype=osimage\n' "$name"; grep -v '^file ' "$expected" | placed_definition | sed 's/^/    /'; } | mkdef -z >"$known/$name.said" 2>&1
          said=$(head -c 1000 "$known/$name.said"); rm -f -- "$known/$name.said"
          (read_definition) >/dev/null || refuse 45 "mkdef does not define $name: $said"
        fi
        take_stock
        printf '%s\n' "$header" | listed_definition >"$known/$name.now"
        printf '%s' "$files" | grep . | listed | sed 's/^/file /' >>"$known/$name.now"
        awk '/^file /{ print substr($0, 1, length($0) - 2 - length($(NF - 1)) - length($NF)); next } { print }' "$expected" | cmp -s - "$known/$name.now" \
          || { rm -f -- "$known/$name.now"; refuse 45 'xCAT reads back another definition than it was given, or there are files that do not belong to the image'; }
        rm -f -- "$known/$name.now"
        { printf '%s\n' "$state"; noted place | cut -d' ' -f2-; } >"$record.fetched.new" && mv -- "$record.fetched.new" "$record.fetched" \
          && printf '%s' "$files" >"$record.paths" && mv -- "$expected" "$record.list" && printf 'ok %s\n' "$state" >"$record.new" && mv -- "$record.new" "$record" || give_up 30
        sync
        rm -f -- "$note"
        rm -f -- "$part" "$part.lock"
        """;

    /// <summary>
    /// Arguments after those of the inventory: digest in hex, directory of the records of nodes. Deletes the image if nothing uses it, and prints who does. A node uses it that
    /// xCAT would give it again, whosever node it is, and one on which this or another cluster put it. What cannot be read counts as a user.
    /// What the definition of an osimage names outside of its own directory stays, unless a fetch put it there and no other osimage names it.
    /// </summary>
    public const string Delete =
        """
        mkdir -p "$5" && exec 8>>"$5/$3.lock" && flock -w 5 8 || { echo 'a load, a check or a copy of this image'; exit 28; }
        exec 7>>"$5/$3.use" && flock -w 5 7 || { echo 'a load that begins'; exit 28; }

        """ + InventoryScript.Read + NoteScript.Clear +
        """
        record=$known/$name.$1
        rm -f -- "$images/.fetch-$1" "$images/.fetch-$1.lock"
        clear_note
        take_stock
        [ "$(cat "$record" 2>/dev/null)" = "ok $state" ] || exit 23
        ask() {
          said=$(timeout -k 5 120 lsdef "$@" -c 2>&1) || case $said in *'No object definitions'*|*'Could not find any object'*) ;; *) echo "perhaps something that cannot be seen: lsdef does not answer"; exit 28 ;; esac
        }
        ask -t node -i os,profile,provmethod
        users=$(printf '%s\n' "$said" | awk -v name="$name" -v format="$format" '
          { node = $0; sub(/: .*/, "", node); rest = substr($0, length(node) + 3) }
          format == "osimage" && rest == "provmethod=" name { print node }
          format == "partitions" && rest == "os=image" { os[node] = 1 }
          format == "partitions" && rest == "profile=" name { profile[node] = 1 }
          END { for (node in profile) if (node in os) print node }' | sort | tr '\n' ' ')
        [ -z "$users" ] || { printf 'the nodes that xCAT has set to it: %s\n' "$(printf '%s' "$users" | head -c 300)"; exit 28; }
        users=$(grep -lF "\"sha256:$1\"" "$2"/*/record 2>/dev/null | sed 's,/record$,,; s,.*/,,' | tr '\n' ' ')
        [ -z "$users" ] || { printf 'the nodes that were loaded with it: %s\n' "$(printf '%s' "$users" | head -c 300)"; exit 28; }
        echo deleting >"$note.new" || exit 30
        if [ "$format" = osimage ]; then
          ask -t osimage -i exlist,otherpkglist,partitionfile,pkglist,postinstall,rootimgdir,synclists,template
          others=$(printf '%s\n' "$said" | grep -vF -- "$name: ")
          is_shared() { printf '%s\n' "$others" | grep -qF -- "$1"; }
          echo undefine >>"$note.new"
          case $root/ in */../*|*/./*) ;; "$install"/?*/?*/) is_shared "$root" || printf 'tree %s\n' "$root" >>"$note.new" ;; esac
          tail -n +2 "$record.fetched" 2>/dev/null | while IFS= read -r path; do is_shared "$path" || printf 'file %s\n' "$path" >>"$note.new"; done
        else
          printf '%s' "$files" | sed 's/^/file /' >>"$note.new"
        fi
        printf 'file %s\nfile %s.list\nfile %s.paths\nfile %s.fetched\n' "$record" "$record" "$record" "$record" >>"$note.new" && { sync "$note.new" 2>/dev/null || sync; } && mv -- "$note.new" "$note" || exit 30
        own=1
        clear_note
        """;

    /// <summary>Arguments: those of the inventory. Ends what a deletion or a copy that died left of the name, so that a capture can take it.</summary>
    public const string ClearName =
        """
        mkdir -p "$5" && exec 8>>"$5/$3.lock" && flock -n 8 || exit 28

        """ + InventoryScript.Read + NoteScript.Clear +
        """
        clear_note
        """;
}
