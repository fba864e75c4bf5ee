namespace Provisioning.Engines.Configuration.Images;

/// <summary>Scripts that work on the image directory. Each may run again from any point. Those with effects print <see cref="Done"/> at their end: exit code 0 alone could be anybody's.</summary>
internal static class LibraryScripts
{
    public const int OtherFile = 21;
    public const int InUse = 28;
    public const int NameTaken = 29;
    public const int MostBytes = 16777216;
    public const string Done = "done\n";

    /// <summary>Arguments: directory, file. The mark tells which file is a copy, by its inode: one that a person puts there later is no copy.</summary>
    public const string Look =
        """
        LC_ALL=C; export LC_ALL
        path=$1/$2
        if [ -f "$path" ] && [ ! -L "$path" ]; then
          size=$(stat -c %s -- "$path") || exit 1
          [ "$size" -le 16777216 ] || { echo "large $size"; exit; }
          origin=own
          [ ! -f "$1/.fetched/$2" ] || [ "$(cat "$1/.fetched/$2")" != "$(stat -c '%s %i' -- "$path")" ] || origin=fetched
          digest=$(sha256sum <"$path") && printf 'file %s %s %s\n' "$size" "${digest%% *}" "$origin"
        elif [ ! -e "$path" ] && { [ ! -e "$1" ] || { [ -d "$1" ] && [ -x "$1" ]; }; }; then echo missing
        fi
        """;

    /// <summary>Arguments: directory.</summary>
    public const string Make = "umask 077; mkdir -p \"$1\"";

    /// <summary>Arguments: directory, file, digest in hex, received file. Compares what arrived with the digest and lets it appear as an image. What is not the image is removed.</summary>
    public const string Receive =
        """
        LC_ALL=C; export LC_ALL
        umask 077
        path=$1/$2 part=$4 mark=$1/.fetched/$2
        if [ -e "$part" ]; then
          digest=$(sha256sum <"$part") || exit 30
          [ "${digest%% *}" = "$3" ] || { rm -f -- "$part" "$part.lock"; exit 21; }
          { sync "$part" 2>/dev/null || sync; }
          mkdir -p "$1/.fetched" && stat -c '%s %i' -- "$part" >"$mark.new" && mv -- "$mark.new" "$mark" || exit 30
          ln -- "$part" "$path" 2>/dev/null || [ "$part" -ef "$path" ] || exit 29
          sync "$1" 2>/dev/null || sync
          rm -f -- "$part" "$part.lock"
        else
          # An earlier run came this far and was not heard of.
          [ -f "$path" ] || exit 20
        fi
        echo done
        """;

    /// <summary>
    /// Arguments: directory, file, digest in hex, work directory. Contents are copies, but without the image a content that is changed could not be put back. Between its look and its end
    /// nobody writes an image: they appear by link and are never changed.
    /// </summary>
    public const string Delete =
        """
        path=$1/$2
        rm -f -- "$1/.fetch-$3" "$1/.fetch-$3.lock"
        [ -e "$path" ] || { echo done; exit 0; }
        [ -f "$path" ] && [ ! -L "$path" ] && digest=$(sha256sum <"$path") && [ "${digest%% *}" = "$3" ] || exit 21
        for record in "$4"/*/*/applied "$4"/*/*/unfinished; do
          [ -s "$record" ] || continue
          case $(head -c 200 "$record") in *"$3"*) record=${record#"$4/"}; echo "${record%/*}"; exit 28 ;; esac
        done
        rm -f -- "$path" "$1/.fetched/$2" && echo done
        """;
}
