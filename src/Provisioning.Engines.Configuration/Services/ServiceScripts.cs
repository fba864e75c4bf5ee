namespace Provisioning.Engines.Configuration.Services;

/// <summary>
/// Scripts that read and replace contents. They take the arguments of <see cref="Service.Arguments"/>; commands of the Provisioner run by "sh -c" with the machine name as "$1". What they
/// print ends with lines "::word value" for the engine. POSIX sh with coreutils or busybox, and flock.
/// </summary>
internal static class ServiceScripts
{
    public const int ImageMissing = 20;
    public const int ImageDiffers = 21;
    public const int Changing = 22;
    public const int ImageInvalid = 24;
    public const int Unsuitable = 25;
    public const int Unreadable = 26;
    public const int TooLarge = 27;
    public const int Claimed = 28;
    public const int Busy = 29;
    public const int Unwritable = 30;
    public const int CheckFailed = 40;
    public const int ApplyFailed = 41;
    public const int ActivateFailed = 42;
    public const int VerifyFailed = 43;
    public const int ReadsOtherwise = 44;
    public const int CannotTakeBack = 45;
    public const int Interrupted = 46;
    public const int Nothing = 47;
    public const int NameTaken = 48;

    /// <summary>
    /// Reading. The canonical form of files: a line of magic; for each file in the order of the Provisioner "file MODE SIZE TEMPLATE" or "missing TEMPLATE"; an empty line; the bytes of
    /// the files one after the other. Templates instead of paths, so that an image fits every Node. Owners are left out, they differ between hosts.
    /// </summary>
    public const string Read =
        """
        LC_ALL=C; export LC_ALL; umask 077
        dir=$1 claims=$2 owner=$3 claimed=$4 machine=$5 seconds=$6 read=$7 apply=$8 ignore=$9; shift 9
        check=$1 activate=$2 verify=$3 pairs=$4 operation=$5 image=$6 digest=$7 more=${8:-}
        most=16777216 base=
        hash() { sha256sum | cut -d' ' -f1; }
        identities() {
          set -- $pairs
          while [ $# -ge 2 ]; do stat -c '%a %s %i %y %z' -- "$2" 2>/dev/null || echo missing; shift 2; done
        }
        index() {
          total=0
          set -- $pairs
          while [ $# -ge 2 ]; do
            path=$base$2
            case $path in /*) ;; *) echo "$path is no absolute path" >&2; return 25 ;; esac
            if [ -L "$path" ]; then echo "$path is a symbolic link: name the file that it leads to" >&2; return 25
            elif [ -f "$path" ]; then
              [ -r "$path" ] && size=$(stat -c %s -- "$path") || { echo "$path cannot be read by this user" >&2; return 26; }
              total=$((total + size))
              [ "$total" -le "$most" ] || { echo "the files have more than 16 MiB together" >&2; return 27; }
              printf 'file %s %s %s\n' "$(stat -c %a -- "$path")" "$size" "$1"
            elif [ -e "$path" ]; then echo "$path is no regular file" >&2; return 25
            else
              parent=$(dirname -- "$path")
              while [ ! -e "$parent" ]; do parent=$(dirname -- "$parent"); done
              [ -x "$parent" ] || { echo "$parent cannot be entered by this user" >&2; return 26; }
              printf 'missing %s\n' "$1"
            fi
            shift 2
          done
        }
        bodies() {
          set -- $pairs
          while [ $# -ge 2 ]; do [ ! -f "$base$2" ] || cat -- "$base$2" || return 26; shift 2; done
        }
        filtered() {
          [ -n "$ignore" ] || { cat; return; }
          text=; printf x | grep -qa x 2>/dev/null && text=-a
          grep -v -E $text -e "$ignore" || [ "$?" = 1 ]
        }
        # The content on standard output, and on descriptor 3 how that went.
        produce() {
          if [ -n "$read" ]; then
            { timeout -k 5 "$seconds" sh -c "$read" sh "$machine" </dev/null 3>&-
              result=$?
              case $result in 0) ;; 124|137) echo "the command that reads did not end within $seconds s" >&2; result=26 ;; *) echo "the command that reads ended with exit code $result" >&2; result=26 ;; esac
              echo "read $result" >&3
            } | filtered
          else
            before=$(identities); list=$(index); result=$?
            if [ "$result" = 0 ]; then
              printf 'provisioning-configuration 1\n%s\n\n' "$list"
              bodies || result=26
              [ "$before" = "$(identities)" ] || { echo 'the files changed while they were read' >&2; result=22; }
            fi
            echo "read $result" >&3
          fi
        }
        measure() {
          set -- $( { produce | hash; } 3>&1 )
          code=26 found=
          [ $# = 3 ] || return 0
          if [ "$1" = read ]; then code=$2 found=$3; else found=$1 code=$3; fi
        }
        presence() {
          if [ -n "$read" ]; then echo all; return; fi
          there=0 all=0
          set -- $pairs
          while [ $# -ge 2 ]; do all=$((all + 1)); [ ! -e "$2" ] || there=$((there + 1)); shift 2; done
          case $there in 0) echo none ;; "$all") echo all ;; *) echo some ;; esac
        }
        foreign() {
          for each in $claimed; do
            who=
            [ ! -s "$claims/$each" ] || read -r who <"$claims/$each"
            [ -z "$who" ] || [ "$who" = "$owner" ] || { printf '%s %s\n' "$who" "$claims/$each"; return; }
          done
        }

        """;

    /// <summary>Reads contents, claims and what an operation left unfinished. Without effect.</summary>
    public const string Look = Read +
        """
        working=
        # Shared, since another look is no operation.
        [ ! -e "$dir/lock" ] || flock -s -n "$dir/lock" true
        # Held by another; anything else is a fault of this command.
        [ "$?" != 1 ] || working=1
        measure
        printf '::code %s\n::digest %s\n::presence %s\n' "$code" "$found" "$(presence)"
        other=$(foreign)
        [ -z "$other" ] || printf '::claim %s\n' "$other"
        [ ! -s "$dir/unfinished" ] || printf '::unfinished %s\n' "$(head -c 200 "$dir/unfinished")"
        [ -z "$working" ] || printf '::working 1\n'
        printf '::end 1\n'
        """;

    /// <summary>Gives the temporary file its name, which is the last argument. Never replaces a file.</summary>
    public const string Publish = Read +
        """
        if [ -e "$image" ]; then
          [ "$(hash <"$image")" = "$digest" ] || exit 21
          ln -- "$image" "$more" 2>/dev/null || [ "$image" -ef "$more" ] || [ "$(hash <"$more")" = "$digest" ] || exit 48
          sync "${more%/*}" 2>/dev/null || sync
          rm -f -- "$image"
        else
          # An earlier run came this far and was not heard of.
          [ -f "$more" ] || exit 20
          [ "$(hash <"$more")" = "$digest" ] || exit 48
        fi
        """;
}
