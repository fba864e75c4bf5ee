namespace Provisioning.Engines.Configuration.Services;

/// <summary>Scripts that replace contents, copy them, and put back what was there before. Their exit codes are those of <see cref="ServiceScripts"/>.</summary>
internal static class WorkScripts
{
    /// <summary>
    /// Replacing. In the work directory: unfinished ("OPERATION DIGEST", there from before the first change until the new or the old content is proven), old and new (contents in canonical
    /// form), owners, child (the command that runs). Whoever finds "unfinished" goes on with its own operation, or takes back that of another one.
    /// </summary>
    private const string Work = ServiceScripts.Read +
        """
        child= resumed=
        # With the boot: after a power cut another process may have the same number and age.
        begun() { echo "$(sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)@$(cat /proc/sys/kernel/random/boot_id)"; }
        lock() {
          mkdir -p "$dir" || exit 30
          exec 8>>"$dir/lock"
          flock -w 20 8 || { echo 'another operation is at work on these contents'; echo '::state untouched'; exit 29; }
        }
        # A command that outlived its killed job would work against the next one. It leads a group of its own.
        stop_child() {
          pid= at=
          [ ! -s "$dir/child" ] || read -r pid at <"$dir/child"
          [ -z "$pid" ] || [ -z "$at" ] || [ "$(begun "$pid")" != "$at" ] || kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL -- "$pid" 2>/dev/null
          rm -f -- "$dir/child"
        }
        # Runs "$1" with the file "$2" as input. In the background, because a shell hears signals only while it waits.
        perform() {
          line=$1 input=$2; shift 2
          timeout -k 5 "$seconds" sh -c "$line" sh "$machine" "$@" <"$input" >"$dir/said" 2>&1 8>&- &
          child=$!
          printf '%s %s\n' "$child" "$(begun "$child")" >"$dir/child"
          wait "$child"; result=$?
          child=; rm -f -- "$dir/child"
          [ "$result" = 0 ] && return 0
          tail -c 3000 "$dir/said"
          case $result in 124|137) printf '\nit did not end within %s s\n' "$seconds" ;; *) printf '\nexit code %s\n' "$result" ;; esac
          return 1
        }
        owner_of() {
          ids=$(stat -c %u:%g -- "$1" 2>/dev/null) && { echo "$ids"; return; }
          [ ! -f "$dir/owners" ] || while read -r ids path; do [ "$path" != "$1" ] || { echo "$ids"; return; }; done <"$dir/owners"
        }
        beside() { printf '%s/.%s.provisioning-new' "${1%/*}" "${1##*/}"; }
        # Takes a canonical file apart into a directory. Whatever is not exactly as it must be is refused.
        unpack() {
          bundle=$1 tree=$2
          rm -rf -- "$tree" && mkdir -p "$tree" || return 30
          sed '/^$/q' "$bundle" >"$tree.index" && size=$(stat -c %s "$bundle") || return 30
          offset=$(stat -c %s "$tree.index")
          set -- $pairs
          [ "$(wc -l <"$tree.index")" -eq $(($# / 2 + 2)) ] || return 24
          exec 7<"$tree.index"
          IFS= read -r line <&7; [ "$line" = 'provisioning-configuration 1' ] || return 24
          while [ $# -ge 2 ]; do
            IFS= read -r line <&7 || return 24
            case $line in
              "missing $1") ;;
              "file "*" $1")
                line=${line#file }; mode=${line%% *}; line=${line#* }; length=${line%% *}
                case $mode in ''|*[!0-7]*|?????*) return 24 ;; esac
                case $length in ''|*[!0-9]*|?????????*) return 24 ;; esac
                mkdir -p "$tree${2%/*}" && tail -c "+$((offset + 1))" "$bundle" | head -c "$length" >"$tree$2" && chmod "$mode" "$tree$2" || return 30
                offset=$((offset + length)) ;;
              *) return 24 ;;
            esac
            shift 2
          done
          exec 7<&-
          [ "$offset" = "$size" ] || return 24
          base=$tree; again=$( { produce | hash; } 3>/dev/null ); base=
          [ "$again" = "$(hash <"$bundle")" ] || return 24
        }
        # All new files beside the old ones, so that only renames are left to do.
        stage() {
          from=$1
          set -- $pairs
          while [ $# -ge 2 ]; do
            if [ -f "$from$2" ]; then
              new=$(beside "$2") ids=$(owner_of "$2")
              [ -d "${2%/*}" ] || (umask 022; mkdir -p -- "${2%/*}") || return 1
              rm -f -- "$new" && cat -- "$from$2" >"$new" || return 1
              [ -z "$ids" ] || [ "$(stat -c %u:%g -- "$new")" = "$ids" ] || chown "$ids" -- "$new" || return 1
              chmod "$(stat -c %a -- "$from$2")" -- "$new" && { sync "$new" 2>/dev/null || sync; } || return 1
            fi
            shift 2
          done
        }
        unstage() { set -- $pairs; while [ $# -ge 2 ]; do rm -f -- "$(beside "$2")"; shift 2; done; }
        rename() {
          from=$1
          set -- $pairs
          while [ $# -ge 2 ]; do
            if [ -f "$from$2" ]; then mv -f -- "$(beside "$2")" "$2" || return 1; else rm -f -- "$2" || return 1; fi
            [ ! -d "${2%/*}" ] || sync "${2%/*}" 2>/dev/null || sync
            shift 2
          done
        }
        # 0: the content from before is back and proven. 1: it is back, and the service does not work with it. 2: it is not back.
        take_back() {
          stop_child
          if [ -n "$read" ]; then perform "$apply" "$dir/old" || return 2
          else unpack "$dir/old" "$dir/back" && stage "$dir/back" && rename "$dir/back" || return 2; fi
          works=0
          [ -z "$activate" ] || perform "$activate" /dev/null || works=1
          [ "$works" = 1 ] || [ -z "$verify" ] || perform "$verify" /dev/null || works=1
          measure
          [ "$found" = "$(hash <"$dir/old")" ] || { echo 'what was put back reads otherwise than before'; works=1; }
          rm -f -- "$dir/applied" "$dir/unfinished"
          return "$works"
        }
        clean() { rm -rf -- "$dir/recover" "$dir/tree" "$dir/tree.index" "$dir/back" "$dir/back.index" "$dir/old" "$dir/old.tmp" "$dir/new" "$dir/new.tmp" "$dir/owners" "$dir/said" "$dir/kept.now"; }
        quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }
        # A program that puts the old files back without us, for hosts that run it when they boot; and one that runs those of all Nodes.
        provide_recovery() {
          {
            printf '#!/bin/sh\nset --'
            for each in "$dir" "$claims" "$owner" "$claimed" "$machine" "$seconds" '' '' '' '' '' '' "$pairs" "$operation" '' "$digest" ''; do printf ' '; quoted "$each"; done
            printf '\n%s\n' "$more"
          } >"$dir/recover.new" && { sync "$dir/recover.new" 2>/dev/null || sync; } && mv -- "$dir/recover.new" "$dir/recover" || return 1
          all=${dir%/*/*}/recover
          [ -s "$all" ] || printf '%s\n' '#!/bin/sh' '# Run it at boot, before the services: puts back the files of contents whose replacement the end of the host came between.' \
            'for each in "${0%/*}"/*/*/recover; do [ ! -s "$each" ] || [ ! -s "${each%/*}/unfinished" ] || sh "$each"; done' >"$all"
        }
        # Ends with the cause as exit code, after the content from before is back.
        give_up() {
          trap '' TERM HUP INT
          state=untouched
          if [ -s "$dir/unfinished" ]; then
            printf '\n::cause\n'
            take_back
            case $? in 0) state=back ;; 1) state=broken ;; *) state=half ;; esac
          fi
          unstage
          [ "$state" = half ] || clean
          printf '\n::state %s\n' "$state"
          exit "$1"
        }
        # What another operation left unfinished is taken back before anything else is done.
        recover() {
          [ -s "$dir/unfinished" ] || return 0
          read -r who what <"$dir/unfinished"
          if [ "$who" = "$operation" ]; then resumed=1; stop_child; return; fi
          take_back
          [ "$?" -le 1 ] || { printf '\n::state half\n'; exit 45; }
          clean
        }

        """;

    /// <summary>Puts the image's content in place, or back. May run again from any point.</summary>
    public const string Apply = Work +
        """
        lock
        other=$(foreign)
        [ -z "$other" ] || { printf '::claim %s\n::state untouched\n' "$other"; exit 28; }
        recover
        if [ ! -f "$dir/new" ] || [ "$(hash <"$dir/new")" != "$digest" ]; then
          [ -f "$image" ] && [ ! -L "$image" ] || give_up 20
          [ "$(stat -c %s -- "$image")" -le "$most" ] || give_up 27
          cp -- "$image" "$dir/new.tmp" || give_up 30
          [ "$(hash <"$dir/new.tmp")" = "$digest" ] || { rm -f -- "$dir/new.tmp"; give_up 21; }
          mv -- "$dir/new.tmp" "$dir/new" || give_up 30
        fi
        candidate=$dir/new
        if [ -z "$read" ]; then
          unpack "$dir/new" "$dir/tree"; result=$?
          [ "$result" = 0 ] || give_up "$result"
          candidate=$dir/tree
        fi
        [ -z "$check" ] || perform "$check" /dev/null "$candidate" || give_up 40
        # The check may have written there.
        [ -n "$read" ] || unpack "$dir/new" "$dir/tree" || give_up 30

        mkdir -p "$claims" || give_up 30
        for each in $claimed; do
          printf '%s\n' "$owner" >"$claims/.$$" || give_up 30
          # Whose it is then, is told below; that nobody has it would be another failure than a name that is taken.
          ln -- "$claims/.$$" "$claims/$each" 2>/dev/null || [ -s "$claims/$each" ] || give_up 30
          rm -f -- "$claims/.$$"
        done
        other=$(foreign)
        [ -z "$other" ] || { printf '::claim %s\n' "$other"; give_up 28; }

        if [ -z "$resumed" ]; then
          result=$( { produce >"$dir/old.tmp"; } 3>&1 ); result=${result#read }
          [ "$result" = 0 ] || give_up "$result"
          : >"$dir/owners"; set -- $pairs
          while [ $# -ge 2 ]; do [ ! -e "$2" ] || stat -c "%u:%g $2" -- "$2" >>"$dir/owners"; shift 2; done
          sync "$dir/owners" 2>/dev/null || sync
          old=$(hash <"$dir/old.tmp") applied=
          [ ! -s "$dir/applied" ] || read -r applied who <"$dir/applied"
          rm -f -- "$dir/kept.now"
          if [ "$old" != "$digest" ] && [ "$old" != "$applied" ] && [ "$(presence)" != none ]; then
            short=$(printf %.16s "$old")
            mkdir -p "$dir/kept" || give_up 30
            copy=$(ls "$dir/kept" | grep -- "-$short\$" | head -n 1)
            if [ -z "$copy" ]; then
              copy=$(date -u +%Y%m%dT%H%M%SZ)-$short
              cp -- "$dir/old.tmp" "$dir/kept/.new" && mv -- "$dir/kept/.new" "$dir/kept/$copy" || give_up 30
            fi
            printf '%s\n' "$dir/kept/$copy" >"$dir/kept.now"
            ls "$dir/kept" | sort -r | tail -n +6 | while read -r each; do rm -f -- "$dir/kept/$each"; done
          fi
          mv -- "$dir/old.tmp" "$dir/old" || give_up 30
        fi
        [ -n "$read" ] || stage "$dir/tree" || give_up 30
        if [ -z "$resumed" ]; then
          [ -n "$read" ] || provide_recovery || give_up 30
          printf '%s %s\n' "$operation" "$digest" >"$dir/unfinished.new" && { sync "$dir/old" "$dir/unfinished.new" 2>/dev/null || sync; } && mv -- "$dir/unfinished.new" "$dir/unfinished" || give_up 30
          sync "$dir" 2>/dev/null || sync
        fi
        trap '[ -z "$child" ] || kill "$child" 2>/dev/null; give_up 46' TERM HUP INT

        if [ -n "$read" ]; then perform "$apply" "$dir/new" || give_up 41
        else rename "$dir/tree" || give_up 41; fi
        [ -z "$activate" ] || perform "$activate" /dev/null || give_up 42
        [ -z "$verify" ] || perform "$verify" /dev/null || give_up 43
        measure
        [ "$code" = 0 ] && [ "$found" = "$digest" ] || give_up 44
        trap '' TERM HUP INT
        printf '%s %s\n' "$digest" "$operation" >"$dir/applied.new" && mv -- "$dir/applied.new" "$dir/applied" && rm -f -- "$dir/unfinished" || exit 30
        sync "$dir" 2>/dev/null || sync
        # A Node has one content: what it claimed under another machine name or list of files, it has left.
        for each in "$claims"/*; do
          case " $(echo $claimed) " in *" ${each##*/} "*) continue ;; esac
          who=; [ ! -s "$each" ] || read -r who <"$each"
          [ "$who" != "$owner" ] || rm -f -- "$each"
        done
        [ ! -s "$dir/kept.now" ] || printf '::kept %s\n' "$(cat "$dir/kept.now")"
        clean
        """;

    /// <summary>
    /// Puts the old files back, on the host alone, after its end came between two renames. That they work is proven by the next operation: "unfinished" stays. Without commands: at boot the
    /// service starts with them anyway.
    /// </summary>
    public const string PutBack = Work +
        """
        lock
        [ -s "$dir/unfinished" ] || exit 0
        unpack "$dir/old" "$dir/back" && stage "$dir/back" && rename "$dir/back"
        """;

    /// <summary>Copies the content into the temporary file that is named as the image. Prints its digest and size.</summary>
    public const string Capture = Work +
        """
        lock
        recover
        [ "$(presence)" != none ] || exit 47
        mkdir -p "${image%/*}" || exit 30
        result=$( { produce >"$image"; } 3>&1 ); result=${result#read }
        [ "$result" = 0 ] || { rm -f -- "$image"; exit "$result"; }
        size=$(stat -c %s -- "$image") && [ "$size" -le "$most" ] || { rm -f -- "$image"; exit 27; }
        sync "$image" 2>/dev/null || sync
        printf '::captured %s %s\n' "$(hash <"$image")" "$size"
        """;

    /// <summary>Takes back what the operation left unfinished, and removes its temporary image.</summary>
    public const string Abandon = Work +
        """
        [ -z "$image" ] || rm -f -- "$image"
        [ -d "$dir" ] || { echo '::state untouched'; exit 0; }
        lock
        who= what=
        [ ! -s "$dir/unfinished" ] || read -r who what <"$dir/unfinished"
        [ "$who" != "$operation" ] || give_up 0
        [ -n "$who" ] || { unstage; clean; }
        state=untouched
        [ ! -s "$dir/applied" ] || read -r what who <"$dir/applied"
        [ "$who" != "$operation" ] || state=changed
        printf '\n::state %s\n' "$state"
        """;
}
