# shellcheck shell=sh
[ "$(id -u)" = 0 ] || fail "The login is not root: let spec.operatingSystem.user name a user with the rights of root."
mkdir -p "$state" 2>/dev/null || fail "The folder $state cannot be made: is the file system mounted read-only, or full?"
chmod 700 "$state"
{ printf 'x' >"$state/.probe" && rm -f "$state/.probe"; } 2>/dev/null || fail "The folder $state cannot be written: is the file system mounted read-only, or full?"
finish
