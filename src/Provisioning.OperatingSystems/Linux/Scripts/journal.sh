# shellcheck shell=sh
if ! have journalctl || [ ! -d /run/systemd/journal ]; then skip "journald does not run"; fi
# Rotating leaves something to rotate, so once for each capture.
if [ "$(cat /run/provisioning-journal 2>/dev/null)" = "$operation" ]; then finish; fi
journalctl --rotate >/dev/null 2>&1 || fail "'journalctl --rotate' failed."
journalctl --vacuum-time=1s >/dev/null 2>&1 || fail "'journalctl --vacuum-time=1s' failed."
printf '%s\n' "$operation" >/run/provisioning-journal
result=changed
finish
