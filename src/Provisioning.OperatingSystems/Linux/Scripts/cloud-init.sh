# shellcheck shell=sh
if [ ! -d /var/lib/cloud ] && ! have cloud-init; then skip "cloud-init is not installed"; fi
# On a clone cloud-init would otherwise replace the host keys before anybody could check them: post-load gives it its own.
if [ -d /etc/cloud/cloud.cfg.d ] && [ ! -f /etc/cloud/cloud.cfg.d/99-provisioning.cfg ]; then
    printf 'ssh_deletekeys: false\n' | replace /etc/cloud/cloud.cfg.d/99-provisioning.cfg 644 || fail "/etc/cloud/cloud.cfg.d/99-provisioning.cfg cannot be written."
    result=changed
fi
for each in instance instances sem data handlers; do
    each=/var/lib/cloud/$each
    if [ ! -e "$each" ] && [ ! -L "$each" ]; then continue; fi
    result=changed
    if have cloud-init; then
        cloud-init clean >/dev/null 2>&1 </dev/null || fail "'cloud-init clean' failed: run it on the machine to see why."
        break
    fi
    rm -rf "$each" || fail "$each cannot be deleted."
done
finish
