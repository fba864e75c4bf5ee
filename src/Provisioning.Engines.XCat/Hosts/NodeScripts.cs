namespace Provisioning.Engines.XCat.Hosts;

/// <summary>
/// Scripts with an effect on one node. The first arguments of each are the directory of xCAT and the node. What a command says comes as its output and then its
/// errors; xCAT's exit codes are no answer, so those who call read what was said.
/// </summary>
internal static class NodeScripts
{
    /// <summary>The name is not exactly one node: it is unknown, or a group or range that xCAT would spread.</summary>
    public const int NotOneNode = 41;

    /// <summary>xCAT did not do what was asked; what it said is in the log.</summary>
    public const int Refused = 45;

    /// <summary>Another Node has claimed the node; its claim is in the log.</summary>
    public const int NotOurs = 46;

    /// <summary>The limit of deployments is reached.</summary>
    public const int NoTurn = 40;

    private const string OneNode = LookScripts.Prologue +
        """
        umask 077
        node=$1; shift
        # A name may be a group or a range to xCAT, and "rpower all off" is not what anybody asked for.
        known=$(timeout -k 5 60 nodels "$node" 2>&1) || { printf '%s\n' "$known"; exit 41; }
        [ "$known" = "$node" ] || { printf 'Error: %s is not the name of one node: %s\n' "$node" "$(printf '%s' "$known" | tr '\n' ' ' | head -c 200)"; exit 41; }
        say() {
          errors=${PROVISIONING_JOB:+$PROVISIONING_JOB/said}
          [ -n "$errors" ] || errors=$(mktemp) || exit 30
          timeout -k 5 120 "$@" 2>"$errors" >"$errors.out"; code=$?
          cat "$errors.out" "$errors"
          failed=0
          grep -qE '(^|: )Error: ' "$errors.out" "$errors" && failed=1
          rm -f -- "$errors" "$errors.out"
          [ "$code" != 124 ] || { echo 'Error: timeout: the command did not end within 120 s'; return 124; }
          return "$failed"
        }
        state() { say nodeset "$node" stat | sed -n "s/^\[*$node\]*: *//p" | tail -n 1; }
        to_disk() {
          say nodeset "$node" boot
          case $(state) in boot) echo "$node is set to boot from its disk" ;; *) echo "$node is not set to boot from its disk"; return 1 ;; esac
        }

        """;

    private const string Note =
        """
        note() {
          said=$(timeout -k 5 60 lsdef -t node -o "$node" -i currstate,status -c 2>/dev/null)
          now=$(printf '%s\n' "$said" | sed -n "s/^$node: currstate=//p" | tail -n 1)"|"$(printf '%s\n' "$said" | sed -n "s/^$node: status=//p" | tail -n 1)
          [ "$now" = '|' ] || [ "$now" = "$(tail -n 1 "$dir/seen" 2>/dev/null)" ] || [ "$(wc -l <"$dir/seen")" -gt 200 ] || printf '%.200s\n' "$now" >>"$dir/seen"
        }

        """;

    /// <summary>
    /// Arguments: directory, owner, fence, uid. Claims the node for a Node, if nobody has; prints whose it is. Not fenced: a fence of another Node must not be overtaken. A Node that comes back to a node that another
    /// one had meanwhile is not one that was replaced by another of its name, for which the fence took it when the other one passed.
    /// </summary>
    public const string Claim =
        """
        umask 077
        mkdir -p "$1" "${3%/*}" && : >>"$3.lock" || exit 30
        exec 9>>"$3.lock"
        flock -w 10 9 || { echo 'another operation is at work on the node' >&2; exit 29; }
        if [ ! -e "$1/owner" ] && grep -qxF -- "$4" "$3.retired" 2>/dev/null; then
          grep -vxF -- "$4" "$3.retired" >"$3.retired.new"
          mv -- "$3.retired.new" "$3.retired" || exit 30
        fi
        new=$1/owner.$$
        printf '%s\n' "$2" >"$new" && { sync "$new" 2>/dev/null || sync; } || exit 30
        ln -- "$new" "$1/owner" 2>/dev/null
        rm -f -- "$new"
        cat "$1/owner"
        """;

    /// <summary>Does nothing: it passes the fence, and ends what older operations left running.</summary>
    public const string Enter = ":";

    /// <summary>
    /// Arguments after the node: the verb of rpower, "refresh" or nothing, "net" or nothing. Prints what rpower says. It is for the reader to say whether that was obedience.
    /// An attempt that seemed to fail may have used up the one boot from the network.
    /// </summary>
    public const string Power = OneNode +
        """
        [ "$2" != refresh ] || say rinv "$node" all >/dev/null
        [ "${3:-}" != net ] || say rsetboot "$node" net >/dev/null
        say rpower "$node" "$1"
        exit 0
        """;

    /// <summary>
    /// Arguments after the node: work directory, operation, limit. Takes a place among those that are deployed, or says who has them. A place that was not asked about for
    /// an hour is nobody's.
    /// </summary>
    public const string TakeTurn =
        """
        umask 077
        work=$3 dir=$3/nodes/$2 operation=$4 limit=$5
        exec 8>>"$work/deployments.lock" && flock -w 5 8 || exit 30
        [ "$(cat "$dir/deployment" 2>/dev/null)" != "$operation" ] || { touch "$dir/deployment"; exit 0; }
        others=$(find "$work/nodes" -mindepth 2 -maxdepth 2 -name deployment -mmin -60 ! -path "$dir/deployment" | sed 's,/deployment$,,; s,.*/,,' | sort)
        count=$(printf '%s' "$others" | grep -c .)
        [ "$count" -lt "$limit" ] || { printf '%s' "$others" | tr '\n' ' ' | head -c 300; exit 40; }
        : >"$dir/seen" && printf '%s\n' "$operation" >"$dir/deployment.new" && mv -- "$dir/deployment.new" "$dir/deployment"
        """;

    /// <summary>
    /// Arguments after the node: directory, operation, seconds between looks, seconds without a sign of an operator. Notes what the node goes through, so that nothing is
    /// missed while no operator runs, and sets it to boot from its disk when none comes back: it must not be installed by whoever switches it on next year.
    /// </summary>
    public const string Watch = OneNode + Note +
        """
        dir=$1 operation=$2 pause=$3 limit=$4
        while [ "$(cat "$dir/deployment" 2>/dev/null)" = "$operation" ]; do
          note
          begun=$(stat -c %Y "$dir/deployment" 2>/dev/null) || break
          if [ $(($(date +%s) - begun)) -gt "$limit" ]; then
            to_disk && { printf 'expired\n' >>"$dir/seen"; exit 0; }
          fi
          sleep "$pause"
        done
        """;

    /// <summary>
    /// Arguments after the node: directory, record or nothing, "osimage" or "image" or "capture", name. Notes what is going to be on the machine, then sets it to
    /// boot from the network. Prints the state that xCAT reads back. Meanwhile the image is not deleted.
    /// </summary>
    public const string SetDeployment = OneNode +
        """
        dir=$1 known=${1%/nodes/*}/images
        mkdir -p "$known" && exec 7>>"$known/$4.use" && flock -s -w 60 7 || exit 30
        if [ -n "$2" ]; then
          printf '%s\n' "$2" >"$dir/record.new" && { sync "$dir/record.new" 2>/dev/null || sync; } && mv -- "$dir/record.new" "$dir/record" || exit 30
        fi
        case $3 in
          osimage) say nodeset "$node" "osimage=$4" || exit 45 ;;
          image) say chdef -t node -o "$node" os=image "profile=$4" && say nodeset "$node" install || exit 45 ;;
          capture) say chdef -t node -o "$node" os=image "profile=$4" && say nodeset "$node" image || exit 45 ;;
        esac
        printf 'state=%s\n' "$(state)"
        """;

    /// <summary>Has the machine boot from the network, once.</summary>
    public const string BootFromNetwork = OneNode +
        """
        say rsetboot "$node" net
        exit 0
        """;

    /// <summary>Arguments after root and node: directory, operation. A sign that an operator is there; it notes as well how far the node is.</summary>
    public const string Heartbeat = LookScripts.Prologue + Note +
        """
        node=$1 dir=$2
        [ "$(cat "$dir/deployment" 2>/dev/null)" = "$3" ] || exit 0
        touch -c -- "$dir/deployment"
        note
        """;

    /// <summary>
    /// Arguments after the node: directory, operation. Ends a deployment of the operation, if there is one: the node is set to boot from its disk, which is read back.
    /// </summary>
    public const string Restore =
        """
        [ "$(cat "$3/deployment" 2>/dev/null)" = "$4" ] || exit 0

        """ + OneNode +
        """
        to_disk || exit 45
        rm -f -- "$1/deployment" "$1/seen"
        """;

    /// <summary>
    /// Arguments after the node: directory, operation, record, "disk" or "network". The deployment came to its end. A node that runs from the network stays set to it; any
    /// other boots from its disk from now on.
    /// </summary>
    public const string Settle = OneNode +
        """
        if [ "$4" = disk ] && [ "$(state)" != boot ]; then to_disk || exit 45; fi
        if [ -n "$3" ]; then
          printf '%s\n' "$3" >"$1/record.new" && { sync "$1/record.new" 2>/dev/null || sync; } && mv -- "$1/record.new" "$1/record" || exit 30
        fi
        [ "$(cat "$1/deployment" 2>/dev/null)" != "$2" ] || rm -f -- "$1/deployment" "$1/seen"
        """;

    /// <summary>
    /// Arguments after the node: directory, owner, image or nothing. Lets the node go: it boots from its disk, nothing in the tables names the image that was put on it any more,
    /// and nobody has it.
    /// </summary>
    public const string Release = OneNode +
        """
        dir=$1 owner=$2 image=$3
        [ ! -f "$dir/owner" ] || [ "$(cat "$dir/owner")" = "$owner" ] || { cat "$dir/owner"; exit 46; }
        [ "$(state)" = boot ] || to_disk || exit 45
        if [ -n "$image" ]; then
          said=$(timeout -k 5 60 lsdef -t node -o "$node" -i os,profile,provmethod -c 2>&1) || { printf '%s\n' "$said"; exit 45; }
          is() { printf '%s\n' "$said" | grep -qxF -- "$node: $1=$2"; }
          set --
          ! is provmethod "$image" || set -- "$@" provmethod=
          ! is os image || ! is profile "$image" || set -- "$@" os= profile=
          [ $# = 0 ] || say chdef -t node -o "$node" "$@" || exit 45
        fi
        rm -rf -- "$dir"
        """;

    /// <summary>Arguments after the node: directory, record. Renews the record of a machine that has one.</summary>
    public const string RenewRecord =
        """
        umask 077
        [ -f "$3/record" ] || exit 33
        printf '%s\n' "$4" >"$3/record.new" && { sync "$3/record.new" 2>/dev/null || sync; } && mv -- "$3/record.new" "$3/record"
        """;
}
