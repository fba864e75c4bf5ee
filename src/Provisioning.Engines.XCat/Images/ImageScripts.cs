namespace Provisioning.Engines.XCat.Images;

/// <summary>Scripts that look at images and compare them with their digest. The arguments of each begin with those of the inventory.</summary>
internal static class ImageScripts
{
    public const int Missing = 20;
    public const int Incomplete = 21;
    public const int DigestDiffers = 22;
    public const int Changed = 23;
    public const int Damaged = 24;
    public const int InUse = 28;
    public const int NameTaken = 29;

    /// <summary>No space is left; what was said says how much is needed.</summary>
    public const int NoSpace = 31;

    /// <summary>
    /// Arguments after those of the inventory: digest in hex. Prints "image SIZE ok|bad|no STATE COPY fetched|placed", with the bytes that a copy of it has, 0
    /// before it was compared, "never" if it cannot be copied.
    /// </summary>
    public const string Look = InventoryScript.Read +
        """
        inventory
        record=$known/$name.$1
        case $(cat "$record" 2>/dev/null) in "ok $state") word=ok ;; "bad $state") word=bad ;; *) word=no ;; esac
        [ "$word" != ok ] || [ -f "$record.list" ] || word=no
        copy=never
        # Trees of files are more than the contents of their files.
        case $format:$method in
          partitions:*|osimage:install|osimage:netboot|osimage:diskless) copy=0; [ "$word" != ok ] || copy=$(($(stat -c %s "$record.list") + 32 + bytes)) ;;
        esac
        [ "$(head -n 1 "$record.fetched" 2>/dev/null)" = "$state" ] && origin=fetched || origin=placed
        printf 'image %s %s %s %s %s\n' "$bytes" "$word" "$state" "$copy" "$origin"
        """;

    /// <summary>Arguments after those of the inventory: digest in hex. Reads all files, once for each state of them, and keeps the list.</summary>
    public const string Verify =
        """
        # Before the inventory: whoever comes second finds what the first has found.
        mkdir -p "$5" && exec 8>>"$5/$3.lock" && flock 8 || exit 30

        """ + InventoryScript.Read +
        """
        inventory
        record=$known/$name.$1
        case $(cat "$record" 2>/dev/null) in "bad $state") exit 22 ;; "ok $state") [ ! -f "$record.list" ] || { printf 'image %s\n' "$bytes"; exit 0; } ;; esac
        list >"$record.list.new" || exit 30
        digest=$(sha256sum <"$record.list.new" | cut -c1-64)
        [ "$(identity)" = "$state" ] || exit 23
        [ "$digest" = "$1" ] && word=ok || word=bad
        if [ "$word" = ok ]; then printf '%s' "$files" >"$record.paths" && mv -- "$record.list.new" "$record.list" || exit 30; else rm -f -- "$record.list.new" "$record.list"; fi
        printf '%s %s\n' "$word" "$state" >"$record.new" && mv -- "$record.new" "$record" || exit 30
        [ "$word" = ok ] || { printf 'sha256:%s\n' "$digest"; exit 22; }
        printf 'image %s\n' "$bytes"
        """;

    /// <summary>
    /// The end check of a capture: everything that belongs to the image is there, what must not be empty is not, and what is packed can be unpacked. Prints
    /// "captured sha256:DIGEST SIZE".
    /// </summary>
    public const string Check = InventoryScript.Read +
        """
        whole() {
          [ -s "$1" ] || { echo "$1 is empty"; return 1; }
          case $1 in
            *.gz) gzip -t "$1" ;;
            *.xz) xz -t "$1" ;;
            *.bz2) bzip2 -t "$1" ;;
            *.zst) zstd -q -t "$1" ;;
            *.gz.000|*.gz.00|*.gz.aa) cat -- "${1%.*}".* | gzip -t ;;
          esac
        }
        inventory
        # A tree has empty files of its own, and packed ones that are a matter of its system.
        [ "$method" = sysclone ] || printf '%s' "$files" | while IFS= read -r path; do [ -z "$path" ] || whole "$path" || exit 1; done || exit 24
        mkdir -p "$known" && list >"$known/$name.list.new" || exit 30
        digest=$(sha256sum <"$known/$name.list.new" | cut -c1-64)
        [ "$(identity)" = "$state" ] || { rm -f -- "$known/$name.list.new"; echo 'something still writes to it'; exit 23; }
        [ "$bytes" -gt 0 ] || { rm -f -- "$known/$name.list.new"; echo 'it has no contents'; exit 24; }
        printf '%s' "$files" >"$known/$name.$digest.paths" && mv -- "$known/$name.list.new" "$known/$name.$digest.list" && printf 'ok %s\n' "$state" >"$known/$name.$digest" || exit 30
        printf 'captured sha256:%s %s\n' "$digest" "$bytes"
        """;
}
