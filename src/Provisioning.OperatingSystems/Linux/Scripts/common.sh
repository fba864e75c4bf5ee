# shellcheck shell=sh
# Begins every step. A step answers with its last line, so that a machine that prints nothing, or something else, is never taken for one that did its work.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset CDPATH
umask 022

stage=$1 operation=$2 load=$3 host=$4 image=$5 revision=$6 digest=$7 namespace=$8 node=$9
shift 9
state=/var/lib/provisioning
result=unchanged

finish() { printf '\nprovisioning-step: %s\n' "$result"; exit 0; }
skip() { result=skipped; printf '%s\n' "$*"; finish; }
fail() { result=failed; printf '%s\n' "$*"; finish; }
have() { command -v "$1" >/dev/null 2>&1; }

# Hidden, so that no program that reads a whole folder takes a half-written file for one of its own.
staged() { printf '%s/.%s.provisioning' "${1%/*}" "${1##*/}"; }

# The file $1 gets the contents and mode of its staged sibling: all or nothing, on the disk before the old one goes.
commit() {
    if [ -d "$1" ] && [ ! -L "$1" ]; then return 1; fi
    sync "$(staged "$1")" 2>/dev/null || sync
    mv -f "$(staged "$1")" "$1" || return 1
    if have restorecon; then restorecon "$1" >/dev/null 2>&1; fi
    return 0
}

# Standard input becomes the file $1 with mode $2.
replace() {
    rm -f "$(staged "$1")"
    # shellcheck disable=SC2015
    cat >"$(staged "$1")" && chmod "$2" "$(staged "$1")" && commit "$1" || { rm -f "$(staged "$1")"; return 1; }
}

# Deletes those of the named files that are there; symbolic links are deleted, never followed.
remove() {
    for each in "$@"; do
        if [ -f "$each" ] || [ -L "$each" ]; then
            rm -f -- "$each" || fail "$each cannot be deleted."
            result=changed
        fi
    done
}

# Deletes what the search "$@" finds: a function that hands its further arguments to find. GNU find does it by descriptors, so that nobody can put a link
# in the way; the find of busybox cannot always.
delete() {
    if find "$state" -maxdepth 0 -type p -delete 2>/dev/null; then
        "$@" -delete
    else
        "$@" ! -type d -exec rm -f '{}' \;
        "$@" -type d -exec rmdir '{}' \;
    fi
}
