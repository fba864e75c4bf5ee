# shellcheck shell=sh
# Records of earlier operations hold output of hooks.
for job in "$state"/jobs/*; do
    case ${job##*/} in "$operation-$stage" | "$operation-$stage-hook-"*) continue ;; esac
    [ -d "$job" ] || continue
    rm -rf "$job" || fail "$job cannot be deleted."
    result=changed
done
if [ -f "$state/host-keys.staged" ] && [ "$stage" = pre-capture ]; then
    # Private keys that were made and never put in place.
    sed 1d "$state/host-keys.staged" | while IFS= read -r file; do rm -f "$(staged "$file")" "$(staged "$file").pub"; done
    remove "$state/host-keys.staged"
fi
finish
