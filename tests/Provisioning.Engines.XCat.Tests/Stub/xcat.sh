#!/bin/sh
# Stands in for the commands of xCAT: it is installed once for each, and knows by its name which one it is. State is kept in files below $XCATROOT/state. What it
# prints was recorded from a real xcatd with mgt=ipmi. Files in $XCATROOT/faults have it fail: "NODE.COMMAND" or "all.COMMAND" (for
# rpower also "NODE.rpower-VERB"), the first line says how.
command=${0##*/}
state=$XCATROOT/state faults=$XCATROOT/faults install=$XCATROOT/install
printf '%s %s\n' "$command" "$*" >>"$XCATROOT/commands"
code=0

get() { value=; [ ! -f "$state/nodes/$1/$2" ] || IFS= read -r value <"$state/nodes/$1/$2"; }
put() { printf '%s\n' "$3" >"$state/nodes/$1/$2"; }
effect() { printf '%s\n' "$2" >>"$state/nodes/$1/effects"; }
fail() { printf '%s\n' "$1" >&2; code=1; }

# Sets $fault to what is wrong with this command for a node. A file that ends in ".once" is used up.
fault_of() {
  fault=
  for file in "$1.$command" "all.$command" "$1.$command.once" "all.$command.once"; do
    [ -f "$faults/$file" ] || continue
    IFS= read -r fault <"$faults/$file"
    case $file in *.once) rm -f -- "$faults/$file" ;; esac
    return
  done
}

# Faults that concern the whole command.
fault_of command
case $fault in
  garbled) echo '%$&!(@ no xCAT here'; exit 0 ;;
  hang) sleep 600; exit 1 ;;
  slow*) sleep "${fault#slow }" ;;
  down) echo 'Unable to open socket connection to xcatd daemon on localhost:3001.' >&2; echo 'Verify that the xcatd daemon is running and that your SSL setup is correct.' >&2; exit 1 ;;
esac

# Sets $nodes from a noderange, or refuses all of it.
expand() {
  nodes= bad=
  old=$IFS IFS=,; set -f
  for atom in $1; do
    if [ -d "$state/nodes/$atom" ]; then nodes="$nodes $atom"
    elif [ -f "$state/groups/$atom" ]; then nodes="$nodes $(tr '\n' ' ' <"$state/groups/$atom")"
    else bad="$bad,$atom"; fi
  done
  IFS=$old; set +f
  [ -z "$bad" ] || { printf 'Error: Invalid nodes and/or groups in noderange: %s\n' "${bad#,}" >&2; exit 1; }
}

boots() { get "$1" boots; put "$1" boots $((${value:-0} + 1)); }

# The machine starts, from the network if it is set to that and is told to go there.
start() {
  put "$1" power on
  get "$1" currstate
  case $value in
    install*|netboot*|statelite*|image*)
      if [ -f "$state/nodes/$1/netfirst" ] || [ -f "$state/nodes/$1/net" ]; then
        rm -f -- "$state/nodes/$1/net"
        put "$1" status powering-on; put "$1" phase 0; return
      fi ;;
  esac
  rm -f -- "$state/nodes/$1/phase"
  put "$1" status booted; boots "$1"
}

# Each look lets a machine that is deployed go on by "speed" phases; with speed 0 nothing moves.
advance() {
  [ -f "$state/nodes/$1/phase" ] || return 0
  exec 7>>"$state/nodes/$1/lock"; flock 7
  speed=1; [ ! -f "$XCATROOT/speed" ] || read -r speed <"$XCATROOT/speed"
  while [ "$speed" -gt 0 ] && [ -f "$state/nodes/$1/phase" ]; do speed=$((speed - 1)); phase "$1"; done
  exec 7>&-
}
# An installation takes minutes, and whoever watches it looks every few seconds: it is not over before it was seen.
unseen() { [ -f "$XCATROOT/work/nodes/$1/seen" ] && ! grep -q "|$2\$" "$XCATROOT/work/nodes/$1/seen"; }
phase() {
  get "$1" currstate
  case $value in
    install*) get "$1" status; [ "$value" != installing ] || ! unseen "$1" installing || return ;;
    netboot*) get "$1" status; [ "$value" != netbooting ] || ! unseen "$1" netbooting || return ;;
  esac
  get "$1" phase; now=$((value + 1)); put "$1" phase "$now"
  get "$1" provmethod; image=$value
  get "$1" currstate
  case $value:$now in
    install*:1|netboot*:1|image*:1) put "$1" status netbooting ;;
    install*:2)
      if [ -f "$faults/$1.install" ]; then put "$1" status failed; put "$1" content ''; rm -f -- "$state/nodes/$1/phase"; else put "$1" status installing; fi ;;
    install*:3) put "$1" content ''; put "$1" status installing ;;
    install*:4) put "$1" content "$image"; effect "$1" "deployed"; put "$1" currstate boot; put "$1" status booting ;;
    boot:5) rm -f -- "$state/nodes/$1/phase"; put "$1" status booted; boots "$1" ;;
    netboot*:2) put "$1" content "$image"; effect "$1" "deployed"; put "$1" status booting ;;
    netboot*:3) rm -f -- "$state/nodes/$1/phase"; put "$1" status booted; boots "$1" ;;
    image*:2|image*:3) put "$1" status installing; capture_part "$1" "$now" ;;
    image*:4)
      capture_part "$1" "$now"; effect "$1" captured
      if [ -f "$faults/$1.capture" ]; then : >"$install/image/$image.img.capturefailed"; else [ -f "$faults/$1.marker" ] || : >"$install/image/$image.img.capturedone"; fi
      put "$1" currstate boot; rm -f -- "$state/nodes/$1/phase"; put "$1" status booted; boots "$1" ;;
    *) rm -f -- "$state/nodes/$1/phase" ;;
  esac
}
capture_part() {
  get "$1" content
  printf 'partition %s of %s\n' "$2" "$value" | gzip -n >"$install/image/$image-sda$2.gz"
  [ ! -f "$faults/$1.truncate" ] || printf 'cut' >"$install/image/$image-sda$2.gz"
  printf 'mbr' >"$install/image/$image.mbr"
}

# Answers one node for rpower; in the order of its faults.
power() {
  fault_of "$1"
  [ -n "$fault" ] || { command=rpower-$2; fault_of "$1"; command=rpower; }
  case $fault in
    timeout) sleep "$(cat "$XCATROOT/timeout" 2>/dev/null || echo 0)"; fail "$1: [vm]: Error: ERROR: timeout"; return ;;
    'timeout after') effects=1 ;;
    error*) fail "$1: [vm]: ${fault#error }"; return ;;
    stale) [ -f "$state/nodes/$1/inventory" ] || { fail "$1: Error: Unable to determine the controller of $1"; return; } ;;
    unsupported) fail "$1: Error: Unsupported command: rpower $2 when using mgt=ipmi."; return ;;
    silent) return ;;
    odd) echo "$1: half on"; return ;;
    contrary) echo "$1: on"; echo "$1: off"; return ;;
  esac
  get "$1" power; was=$value
  case $2 in stat|state|status) ;; *) effect "$1" "rpower $2" ;; esac
  case $2 in
    stat|state|status) said=$was ;;
    on) said=on; [ "$was" = on ] || start "$1" ;;
    off) said=off; put "$1" power off; rm -f -- "$state/nodes/$1/phase"; put "$1" status powering-off ;;
    softoff) said=softoff; [ -f "$state/nodes/$1/deaf" ] || { put "$1" power off; put "$1" status powering-off; } ;;
    reset) said=reset; if [ "$was" = on ]; then start "$1"; else said=off; fi ;;
    boot) said=reset; [ "$was" = on ] || said=on; start "$1" ;;
    *) fail "$1: Error: Unsupported command: rpower $2 when using mgt=ipmi."; return ;;
  esac
  case $fault in
    'timeout after') fail "$1: [vm]: Error: ERROR: timeout" ;;
    lie0) echo "$1: Error: Invalid session"; lie=0 ;;
    lie1) echo "$1: $said"; code=1 ;;
    dies) kill -9 "$$" ;;
    *) echo "$1: $said" ;;
  esac
}

attribute() { sed -n "s/^$2=//p" "$state/osimages/$1"; }
missing_object() { echo 'No object definitions have been found'; printf "Error: [vm]: Could not find an object named '%s' of type '%s'.\n" "$1" "$2" >&2; exit 1; }

define_image() { # name provmethod directory
  printf 'imagetype=linux\nosarch=x86_64\nosname=Linux\nosvers=debian12\nprofile=%s\nprovmethod=%s\nrootimgdir=%s\n' "$1" "$2" "$3" >"$state/osimages/$1"
}

case $command in
rpower)
  [ -n "$1" ] || { echo 'Usage: rpower <noderange> [on|off|softoff|reset|boot|cycle|stat]'; exit 0; }
  expand "$1"
  for node in $nodes; do power "$node" "$2"; done
  [ -z "$lie" ] || exit 0 ;;
rinv)
  expand "$1"
  for node in $nodes; do put "$node" inventory 1; echo "$node: System Description: stand-in"; done ;;
nodels)
  expand "$1"
  for node in $nodes; do echo "$node"; done ;;
nodestat)
  expand "$1"
  for node in $nodes; do
    fault_of "$node"; [ "$fault" != silent ] || continue
    advance "$node"
    get "$node" power; on=$value; get "$node" status; status=$value; get "$node" currstate
    case $on:$status in off:*) echo "$node: noping" ;; *:booted) echo "$node: sshd" ;; *:installing|*:netbooting) echo "$node: $value" ;; *) echo "$node: ping" ;; esac
  done ;;
nodeset)
  expand "$1"
  for node in $nodes; do
    fault_of "$node"
    case $fault in
      error*) fail "$node: ${fault#error }"; continue ;;
      'stat lies') [ "$2" != stat ] || { echo "$node: netboot something"; continue; } ;;
      'boot fails') [ "$2" != boot ] || { fail "$node: Error: Unable to write the boot file"; continue; } ;;
      'hang '*) [ "$2" = stat ] || sleep "${fault#hang }" ;;
    esac
    case $2 in
      stat) advance "$node"; get "$node" currstate; echo "$node: $value" ;;
      boot|offline) effect "$node" "nodeset $2"; put "$node" currstate "$2"; echo "$node: $2" ;;
      install|image)
        effect "$node" "nodeset $2"; get "$node" profile; put "$node" provmethod "$value"
        put "$node" currstate "$2 image-x86_64-$value"; get "$node" currstate; echo "$node: $value" ;;
      osimage=*)
        image=${2#osimage=}
        [ -f "$state/osimages/$image" ] || { fail "Error: [vm]: Cannot find the OS image $image in the osimage table."; break; }
        effect "$node" "nodeset osimage"
        method=$(attribute "$image" provmethod)
        case $method in sysclone) method=install ;; esac
        put "$node" provmethod "$image"; put "$node" currstate "$method $(attribute "$image" osvers)-x86_64-$(attribute "$image" profile)"
        get "$node" currstate; echo "$node: $value"
        echo "Warning: [vm]: rcons may not work since no serialport is specified for $node" >&2
        [ "$fault" != dies ] || kill -9 "$$" ;;
      *) fail "Error: Unknown state $2 requested"; break ;;
    esac
  done ;;
rsetboot)
  expand "$1"
  for node in $nodes; do
    fault_of "$node"
    case $fault in error*) fail "$node: [vm]: ${fault#error }" ;; *) : >"$state/nodes/$node/net"; echo "$node: Network" ;; esac
  done ;;
chdef)
  [ "$1 $3" = '-t -o' ] || { fail 'Error: usage'; exit 1; }
  expand "$4"; shift 4
  for node in $nodes; do for pair; do put "$node" "${pair%%=*}" "${pair#*=}"; done; done
  echo '1 object definitions have been created or modified.' ;;
lsdef)
  type=node object= attributes= compact= stanza=
  while [ $# -gt 0 ]; do
    case $1 in -t) type=$2; shift ;; -o) object=$2; shift ;; -i) attributes=$2; shift ;; -c) compact=1 ;; -z) stanza=1 ;; *) object=$1 ;; esac
    shift
  done
  case $type in
    site) echo "clustersite: installdir=$install" ;;
    osimage)
      if [ -z "$object" ]; then
        # All of them.
        for file in "$state/osimages"/*; do
          [ -f "$file" ] || continue
          for attribute in $(printf '%s' "$attributes" | tr , ' '); do echo "${file##*/}: $attribute=$(attribute "${file##*/}" "$attribute")"; done
        done
        exit 0
      fi
      fault_of "$object"; case $fault in error*) fail "${fault#error }"; exit 1 ;; esac
      [ -f "$state/osimages/$object" ] || missing_object "$object" osimage
      if [ -n "$attributes" ]; then echo "$object: $attributes=$(attribute "$object" "$attributes")"
      elif [ -n "$stanza" ]; then printf '# <xCAT data object stanza file>\n\n%s:\n    objtype=osimage\n' "$object"; sort "$state/osimages/$object" | sed 's/^/    /'
      else echo "Object name: $object"; sort "$state/osimages/$object" | sed 's/^/    /'; fi ;;
    node)
      if [ -z "$object" ]; then command=lsdef-node; fault_of all; command=lsdef; [ "$fault" != down ] || { fail 'Unable to open socket connection to xcatd daemon on localhost:3001.'; exit 1; }; fi
      [ -n "$object" ] || object=$(ls "$state/nodes" | tr '\n' ,)
      old=$IFS IFS=,; set -f; set -- $object; asked=$attributes; IFS=$old; set +f
      for node; do
        [ -d "$state/nodes/$node" ] || { printf "Error: [vm]: Could not find an object named '%s' of type 'node'.\n" "$node" >&2; code=1; continue; }
        fault_of "$node"; [ "$fault" != silent ] || continue
        advance "$node"
        for attribute in $(printf '%s' "$asked" | tr , ' '); do get "$node" "$attribute"; echo "$node: $attribute=$value"; done
      done ;;
  esac ;;
imgcapture)
  node=$1 type=diskless name=; shift; expand "$node"
  while [ $# -gt 0 ]; do case $1 in -t) type=$2; shift ;; -o) name=$2; shift ;; -p) shift ;; esac; shift; done
  fault_of "$node"
  get "$node" status
  [ "$value" = booted ] || { fail "Error: [vm]: The \"xdsh\" command fails to run on the $node"; exit 1; }
  effect "$node" imgcapture
  echo "Capturing image on $node..."
  case $type in diskless) directory=$install/netboot/debian12/x86_64/$name method=netboot ;; *) directory=$install/sysclone/images/$name method=sysclone ;; esac
  # A real tree has files without contents, links, and names with spaces.
  mkdir -p "$directory/etc" "$directory/var/log" 2>/dev/null || { fail "Error: [vm]: mkdir: cannot create directory: No space left on device"; exit 1; }
  if [ "$method" = sysclone ]; then : >"$directory/etc/motd"; : >"$directory/var/log/a log"; ln -sf motd "$directory/etc/issue"; fi
  case $fault in
    full) echo 'Done.' >/dev/null; fail 'Error: tar: rootimg.gz: Cannot write: No space left on device'; exit 1 ;;
    'no systemimager') echo 'Checking if systemimager packages are installed on vm.'; fail 'Error: systemimager-server is not installed on the vm.'; fail 'Error: Can not configure Imager Server on vm.'; exit 1 ;;
    'no tree') rmdir "$directory/etc" 2>/dev/null || rm -rf -- "$directory/etc"; define_image "$name" "$method" "$directory"; echo 'Done.'; exit 0 ;;
  esac
  define_image "$name" "$method" "$directory"
  get "$node" content
  printf 'kernel' >"$directory/kernel"; printf 'initrd' >"$directory/initrd-stateless.gz.raw"; echo root >"$directory/etc/fstab"
  printf 'initrd' | gzip -n >"$directory/initrd-stateless.gz"; rm -f -- "$directory/initrd-stateless.gz.raw"
  n=0; while [ -f "$faults/$node.stuck" ] && [ "$n" -lt 600 ]; do n=$((n + 1)); sleep 0.2; done
  printf 'system of %s\n' "$value" | gzip -n >"$directory/rootimg.gz"
  case $fault in
    truncated) printf 'x' >"$directory/rootimg.gz" ;;
    error*) fail "${fault#error }"; exit 1 ;;
    lie0) echo 'Error: tar: write error' >&2; exit 0 ;;
    short) exit 0 ;;
  esac
  echo 'Done.' ;;
packimage) printf 'packed' | gzip -n >"$(attribute "$1" rootimgdir)/rootimg.gz"; echo 'Packing contents' ;;
mkdef)
  [ "$1" = -z ] || { fail 'Error: usage'; exit 1; }
  definition=$(cat)
  name=$(printf '%s\n' "$definition" | sed -n 's/^\([^ ]*\):$/\1/p')
  fault_of "$name"; case $fault in error*) fail "${fault#error }"; exit 1 ;; esac
  if [ -f "$state/osimages/$name" ]; then
    echo "Warning: A definition for '$name' already exists. No changes will be made.  Run again with '-f' option to force replace." >&2
    fail 'Error: 0 object definitions have been created or modified.'; exit 1
  fi
  printf '%s\n' "$definition" | sed -n 's/^    //p' | grep -v '^objtype=' >"$state/osimages/$name"
  case $fault in 'drops '*) sed -i "/^${fault#drops }=/d" "$state/osimages/$name" ;; esac
  echo '1 object definitions have been created or modified.' ;;
rmdef) rm -f -- "$state/osimages/$4"; echo '1 object definitions have been removed.' ;;
lsxcatd) echo 'Version 2.17.1 (git commit 7733d16, built Mon Aug 10 2026)' ;;
esac
exit "$code"
