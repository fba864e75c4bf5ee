namespace Provisioning.Engines.XCat.Hosts;

/// <summary>Scripts that only look. Values come as positional arguments, the first of which is the directory of xCAT.</summary>
internal static class LookScripts
{
    /// <summary>Begins every script: the commands of xCAT first, one locale.</summary>
    public const string Prologue =
        """
        LC_ALL=C XCATROOT=$1 PATH=$1/bin:$1/sbin:$1/share/xcat/tools:$PATH; export LC_ALL XCATROOT PATH; shift

        """;

    /// <summary>
    /// Arguments: work directory, mark, seconds for one command, attributes, nodes. Two commands of xCAT, whatever the number of nodes; the records are read without
    /// a process for each. Sections stand in both outputs, since errors come apart.
    /// </summary>
    public const string Look = Prologue +
        """
        work=$1 mark=$2 limit=$3 attributes=$4; shift 4
        list=$(IFS=,; echo "$*")
        section() {
          name=$1; shift
          printf '\n%s %s\n' "$mark" "$name"; printf '\n%s %s\n' "$mark" "$name" >&2
          timeout -k 5 "$limit" "$@"
          printf '\n%s %s-code %s\n' "$mark" "$name" "$?"
        }
        section power rpower "$list" stat
        section definition lsdef -t node -o "$list" -i "$attributes" -c
        for node; do
          dir=$work/nodes/$node
          printf '\n%s files-%s\n' "$mark" "$node"
          [ -d "$dir" ] || continue
          for file in owner record deployment; do
            [ -f "$dir/$file" ] && IFS= read -r line <"$dir/$file" && printf '%s %s\n' "$file" "$line"
          done
          [ -f "$dir/seen" ] || continue
          while IFS= read -r line; do printf 'seen %s\n' "$line"; done <"$dir/seen"
        done
        printf '\n%s done 0\n' "$mark"
        """;

    /// <summary>Arguments: seconds, nodes.</summary>
    public const string NodeStat = Prologue +
        """
        limit=$1; shift
        timeout -k 5 "$limit" nodestat "$(IFS=,; echo "$*")"
        exit 0
        """;

    /// <summary>Arguments: work directory. Prints one line for each missing thing, then "version TEXT".</summary>
    public const string Probe = Prologue +
        """
        for program in rpower nodeset nodestat lsdef chdef nodels rsetboot rinv imgcapture lsxcatd flock setsid timeout sha256sum stat; do
          command -v "$program" >/dev/null 2>&1 || echo "missing $program"
        done
        parent=$1
        while [ ! -e "$parent" ]; do parent=$(dirname -- "$parent"); done
        [ -d "$parent" ] && [ -w "$parent" ] && [ -x "$parent" ] || echo "unwritable $1"
        version=$(timeout -k 5 20 lsxcatd -v 2>&1) && ! printf '%s' "$version" | grep -q 'Error:' || { printf 'unusable %s\n' "$(printf '%s' "$version" | tr '\n' ' ' | head -c 300)"; exit 0; }
        printf 'version %s\n' "$(printf '%s' "$version" | head -n 1 | head -c 200)"
        """;
}
