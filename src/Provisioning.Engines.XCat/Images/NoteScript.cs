namespace Provisioning.Engines.XCat.Images;

/// <summary>The note that stands while an image is placed or deleted, and how it is ended by whoever comes next when the work died.</summary>
internal static class NoteScript
{
    /// <summary>
    /// Ends what the note says: a copy that was not placed whole goes again, an image that is deleted goes. The note may be old, and somebody may have made an image of the name by
    /// hand meanwhile: what is newer than the note, or is not what it was written about, is left alone, and the note goes. Set "own" when what is there is this script's own work.
    /// Needs the beginning of the inventory, and the lock of the name.
    /// </summary>
    public const string Clear =
        """
        own=
        undefine() {
          (read_definition) >/dev/null; [ $? != 20 ] || return 0
          rmdef -t osimage -o "$name" >/dev/null 2>&1
          (read_definition) >/dev/null; [ $? = 20 ] || { echo "rmdef does not remove the osimage $name"; exit 45; }
        }
        noted() { sed -n "s/^$1 //p" "$note"; }
        # Definitions have no time. One that is to be deleted was compared just before, so what was known of it then is still true: nothing else of it was deleted before it.
        is_definition_noted() {
          [ -z "$own" ] || return 0
          if [ "$(head -n 1 "$note")" = deleting ]; then
            now=$(take_stock >/dev/null && printf 'ok %s' "$state")
            [ -n "$now" ] && noted file | grep -F -- "$known/$name." | while IFS= read -r path; do [ "$(head -c 100 "$path" 2>/dev/null)" != "$now" ] || echo same; done | grep -q same
          else
            now=$(read_definition >/dev/null && printf '%s\n' "$header" | listed_definition)
            [ -n "$now" ] && for list in "$known/$name.list.new" "$known/$name".*.list; do
              [ "$now" != "$(grep -v '^file ' "$list" 2>/dev/null)" ] || echo same
            done | grep -q same
          fi
        }
        # Of files with several names the time changes when one of them goes.
        is_newer() { [ -z "$own" ] && [ "$(head -n 1 "$note")" = deleting ] && [ -n "$(find "$1" -type f -links 1 -newercm "$note" 2>/dev/null | head -n 1)" ]; }
        clear_note() {
          [ -f "$note" ] || return 0
          if grep -qx undefine "$note" && (read_definition) >/dev/null; then
            # Somebody defined another one. What it names may be what was to go, so that is left as well.
            is_definition_noted || { rm -f -- "$note"; return 0; }
            undefine
          fi
          noted tree | while IFS= read -r path; do is_newer "$path" || rm -rf -- "$path"; done
          noted file | while IFS= read -r path; do is_newer "$path" || rm -f -- "$path"; done
          # Only the very file that was placed, not one that somebody put there meanwhile.
          noted place | while read -r inode path; do [ "$(stat -c %i -- "$path" 2>/dev/null)" != "$inode" ] || rm -f -- "$path"; done
          noted dir | sort -r | while IFS= read -r path; do rmdir -- "$path" 2>/dev/null; done
          rm -f -- "$note"
        }

        """;
}
