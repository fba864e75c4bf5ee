namespace Provisioning.Engines.Libvirt.Images;

/// <summary>Scripts that work on the image directory. Each may run again from any point.</summary>
internal static class ImageScripts
{
    public const int Missing = 20;
    public const int DigestDiffers = 21;
    public const int Changed = 22;
    public const int Damaged = 23;
    public const int Unsuitable = 24;
    public const int InUse = 28;
    public const int NameTaken = 29;

    /// <summary>
    /// Reads where sha256sum is in its input. That file position is the only progress that works everywhere, without another program in the way.
    /// It ends with the reader: a process that has ended has no open files, even if nobody collected it yet.
    /// </summary>
    private const string Hash =
        """
        LC_ALL=C; export LC_ALL
        hash() {
          total=$(stat -c %s "$1") || return 1
          sha256sum <"$1" >"$PROVISIONING_JOB/digest" &
          pause=0.1
          while position=$(sed -n 's/^pos:[^0-9]*//p' "/proc/$!/fdinfo/0" 2>/dev/null) && [ -n "$position" ]; do
            printf '%s %s\n' "$position" "$total" >"$PROVISIONING_JOB/progress"
            sleep "$pause"
            [ "$SECONDS_PASSED" -lt 10 ] || pause=1
            SECONDS_PASSED=$((SECONDS_PASSED + 1))
          done
          wait "$!" && digest=$(cut -d' ' -f1 "$PROVISIONING_JOB/digest") && [ ${#digest} = 64 ]
        }
        SECONDS_PASSED=0

        """;

    /// <summary>
    /// Arguments: directory, file, digest in hex, format. Compares the whole file with the digest, once per state of the file; prints the answer of qemu-img info.
    /// The header is looked at before anything would follow a reference in it.
    /// </summary>
    public const string Verify = Hash +
        """
        umask 077
        path=$1/$2 record=$1/.verified/$2.$3
        [ -f "$path" ] && [ ! -L "$path" ] || exit 20
        mkdir -p "$1/.verified" && touch "$1/.verified/$2.lock" || exit 30
        exec 8>>"$1/.verified/$2.lock"
        flock 8
        identity=$(stat -c '%s %i %y %z' "$path") || exit 20
        known=$(cat "$record" 2>/dev/null)
        [ "$known" != "bad $identity" ] || exit 21
        if [ "$known" != "ok $identity" ]; then
          hash "$path" || exit 30
          [ "$(stat -c '%s %i %y %z' "$path")" = "$identity" ] || exit 22
          [ "$digest" = "$3" ] || { printf 'bad %s\n' "$identity" >"$record.new" && mv -- "$record.new" "$record"; echo "sha256:$digest"; exit 21; }
        fi
        info=$(qemu-img info -U -f "$4" --output=json "$path") || exit 24
        case $info in *'"backing-filename"'*|*'"data-file"'*) exit 24 ;; esac
        if [ "$known" != "ok $identity" ]; then
          if [ "$4" = qcow2 ]; then
            qemu-img check -q -f qcow2 "$path"
            case $? in 0|3) ;; *) exit 23 ;; esac
          fi
          printf 'ok %s\n' "$identity" >"$record.new" && mv -- "$record.new" "$record" || exit 30
        fi
        printf '%s\n' "$info"
        """;

    /// <summary>Arguments: disk, target. Flattens the disk and what it rests on into one compressed file.</summary>
    public const string Convert =
        """
        LC_ALL=C; export LC_ALL
        umask 077
        rm -f -- "$2"
        # zstd is several times faster than zlib at the same size; QEMU before 5.1 does not know it.
        if qemu-img create -q -f qcow2 -o compression_type=zstd "$2" 1M 2>/dev/null; then compression=compression_type=zstd; else compression=compat=1.1; fi
        rm -f -- "$2"
        qemu-img convert -p -f qcow2 -O qcow2 -c -o "$compression" "$1" "$2" || { code=$?; rm -f -- "$2"; exit "$code"; }
        sync "$2" 2>/dev/null || sync
        """;

    /// <summary>Arguments: file. Prints "sha256:DIGEST SIZE".</summary>
    public const string CheckAndHash = Hash +
        """
        [ -f "$1" ] || exit 20
        qemu-img check -q -f qcow2 "$1" || exit 23
        hash "$1" || exit 30
        printf 'sha256:%s %s\n' "$digest" "$total"
        """;

    /// <summary>Arguments: temporary file, directory, file name, digest in hex, size. Never replaces a file.</summary>
    public const string Publish = Hash +
        """
        umask 077
        path=$2/$3
        if [ -e "$1" ]; then
          [ "$(stat -c %s "$1")" = "$5" ] || exit 22
          chmod 644 "$1" && { sync "$1" 2>/dev/null || sync; }
          ln -- "$1" "$path" 2>/dev/null || [ "$1" -ef "$path" ] || exit 29
          sync "$2" 2>/dev/null || sync
          rm -f -- "$1"
        else
          # An earlier run came this far and was not heard of.
          [ -f "$path" ] || exit 20
          hash "$path" || exit 30
          [ "$digest" = "$4" ] || exit 29
        fi
        mkdir -p "$2/.verified" && printf 'ok %s\n' "$(stat -c '%s %i %y %z' "$path")" >"$2/.verified/$3.$4.new" && mv -- "$2/.verified/$3.$4.new" "$2/.verified/$3.$4"
        """;

    /// <summary>
    /// Arguments: directory, file, digest in hex, format, received file. Compares what arrived with the digest and lets it appear as an image. What is
    /// not the image is removed. The mark says which file is a copy, by its inode: one that a person puts there later is no copy.
    /// </summary>
    public const string Receive = Hash +
        """
        umask 077
        path=$1/$2 part=$5 mark=$1/.verified/$2.fetched
        # What arrived counts as another file after a failure that may pass, so that it is tried again.
        trap 'code=$?; case $code in 29|30) touch -c -- "$part" ;; esac; exit "$code"' EXIT
        if [ -e "$part" ]; then
          hash "$part" || exit 30
          [ "$digest" = "$3" ] || { rm -f -- "$part"; echo "sha256:$digest"; exit 21; }
          info=$(qemu-img info -U -f "$4" --output=json "$part") || { rm -f -- "$part"; exit 24; }
          case $info in *'"backing-filename"'*|*'"data-file"'*) rm -f -- "$part"; exit 24 ;; esac
          if [ "$4" = qcow2 ]; then
            qemu-img check -q -f qcow2 "$part"
            case $? in 0|3) ;; *) rm -f -- "$part"; exit 23 ;; esac
          fi
          chmod 644 "$part" && { sync "$part" 2>/dev/null || sync; }
          mkdir -p "$1/.verified" && stat -c '%s %i' "$part" >"$mark.new" && mv -- "$mark.new" "$mark" || exit 30
          ln -- "$part" "$path" 2>/dev/null || [ "$part" -ef "$path" ] || exit 29
          sync "$1" 2>/dev/null || sync
          rm -f -- "$part" "$part.lock"
          printf 'ok %s\n' "$(stat -c '%s %i %y %z' "$path")" >"$1/.verified/$2.$3.new" && mv -- "$1/.verified/$2.$3.new" "$1/.verified/$2.$3"
        else
          # An earlier run came this far and was not heard of.
          [ -f "$path" ] || exit 20
        fi
        """;

    /// <summary>Arguments: directory, file, digest in hex, machine directory, URI. Prints who uses it. What cannot be read counts as a user.</summary>
    public const string Delete =
        """
        LC_ALL=C; export LC_ALL
        path=$1/$2 record=$1/.verified/$2.$3
        rm -f -- "$1/.fetch-$3" "$1/.fetch-$3.lock"
        [ -e "$path" ] || exit 0
        [ -f "$path" ] && [ ! -L "$path" ] || exit 24
        exec 8>>"$1/.verified/$2.lock" && flock -w 5 8 || { echo 'a load or a check of this image'; exit 28; }
        [ "$(cat "$record")" = "ok $(stat -c '%s %i %y %z' "$path")" ] || exit 22
        for overlay in "$4"/*/disk-*.qcow2 "$4"/*/disk-*.qcow2.new; do
          [ -e "$overlay" ] || continue
          info=$(qemu-img info -U -f qcow2 --output=json "$overlay") || { echo "perhaps $overlay, which cannot be read"; exit 28; }
          case $info in *"\"$path\""*) echo "the disk $overlay"; exit 28 ;; esac
        done
        domains=$(virsh -q -c "$5" list --all --uuid) || { echo 'perhaps a domain: virsh does not answer'; exit 28; }
        for domain in $domains; do
          xml=$(virsh -q -c "$5" dumpxml "$domain") || { echo "perhaps the domain $domain, which cannot be read"; exit 28; }
          case $xml in *"'$path'"*) echo "the domain $domain"; exit 28 ;; esac
        done
        rm -f -- "$path" && rm -f -- "$record" "$1/.verified/$2.fetched"
        """;
}
