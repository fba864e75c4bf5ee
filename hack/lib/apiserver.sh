#!/bin/bash
# apiserver.sh - a real Kubernetes API server (etcd and kube-apiserver with RBAC) on free loopback ports.
#
#   apiserver.sh start DIR   starts what is not running, waits until it is ready; ports, users and data of DIR are kept
#   apiserver.sh stop DIR    ends both programs; `start` goes on with the same data
#   apiserver.sh kill DIR kube-apiserver|etcd   ends one of them with SIGKILL, as a crash would; `start` brings it back
#
# Makes in DIR: kubeconfig (user admin, group system:masters), operator.kubeconfig (user provisioning-operator, no rights
# until RBAC gives some), replica.kubeconfig (the same as user provisioning-replica, so that a log tells two operators apart),
# server.env (KUBE_URL, APISERVER_PORT, ETCD_PORT), apiserver.pid, etcd.pid, apiserver.log, etcd.log, ca.crt.
# A file audit-policy.yaml that lies in DIR before the first start makes the server write DIR/audit.log by it.
# The programs come from ensure_kubernetes (kubernetes.sh); no controller runs, so nothing is garbage-collected.

# shellcheck source=kubernetes.sh
. "$(dirname "${BASH_SOURCE[0]}")/kubernetes.sh"

start() {
    need curl curl
    need openssl openssl
    ensure_kubernetes >/dev/null
    choose_ports
    make_certificates
    make_users
    start_etcd
    start_apiserver
}

# The ports are kept, so that a restarted server answers under the address that its clients know.
choose_ports() {
    if [ ! -s server.env ]; then
        local port
        port=$(free_port)
        printf 'KUBE_URL=https://127.0.0.1:%s\nAPISERVER_PORT=%s\nETCD_PORT=%s\n' "$port" "$port" "$(free_port)" >server.env.new
        mv server.env.new server.env
    fi
    # shellcheck disable=SC1091
    . ./server.env
}

make_certificates() {
    [ ! -s server.crt ] || return 0
    say "making certificates in $DIR"
    quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=provisioning-test-ca \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.crt
    quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=kube-apiserver -keyout server.key -out server.csr
    printf '%s\n' subjectAltName=IP:127.0.0.1,DNS:localhost basicConstraints=critical,CA:FALSE \
        keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth >server.ext
    quiet openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile server.ext -out server.crt.new
    quiet openssl genrsa -out service-accounts.key 2048
    mv server.crt.new server.crt
}

# openssl reports progress on stderr; it is shown only when something went wrong.
quiet() {
    "$@" 2>openssl.log || { cat openssl.log >&2 && die "openssl could not make a certificate." "Read the lines above."; }
}

make_users() {
    [ ! -s operator.kubeconfig ] || return 0
    local admin operator replica
    admin=$(openssl rand -hex 24)
    operator=$(openssl rand -hex 24)
    replica=$(openssl rand -hex 24)
    printf '%s,admin,admin,system:masters\n%s,provisioning-operator,provisioning-operator\n%s,provisioning-replica,provisioning-replica\n' \
        "$admin" "$operator" "$replica" >tokens.csv
    write_kubeconfig admin "$admin" >kubeconfig
    write_kubeconfig provisioning-replica "$replica" >replica.kubeconfig
    write_kubeconfig provisioning-operator "$operator" >operator.kubeconfig.new
    mv operator.kubeconfig.new operator.kubeconfig
}

write_kubeconfig() {
    cat <<YAML
apiVersion: v1
kind: Config
current-context: test
clusters:
- name: test
  cluster:
    server: $KUBE_URL
    certificate-authority-data: $(base64 -w0 ca.crt)
users:
- name: $1
  user:
    token: $2
contexts:
- name: test
  context:
    cluster: test
    user: $1
    namespace: default
YAML
}

start_etcd() {
    ! is_process "$(read_pid etcd.pid)" etcd "$DIR/" || return 0
    spawn "$DIR/etcd.pid" "$DIR/etcd.log" "$KUBEBUILDER_ASSETS/etcd" --data-dir="$DIR/etcd" --unsafe-no-fsync \
        --listen-client-urls="http://127.0.0.1:$ETCD_PORT" --advertise-client-urls="http://127.0.0.1:$ETCD_PORT" \
        --listen-peer-urls=http://127.0.0.1:0
    wait_for 60 etcd_answers || give_up etcd
}

start_apiserver() {
    local audit=()
    [ ! -s audit-policy.yaml ] || audit=(--audit-policy-file="$DIR/audit-policy.yaml" --audit-log-path="$DIR/audit.log")
    if ! is_process "$(read_pid apiserver.pid)" kube-apiserver "$DIR/"; then
        spawn "$DIR/apiserver.pid" "$DIR/apiserver.log" "$KUBEBUILDER_ASSETS/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
            --bind-address=127.0.0.1 --secure-port="$APISERVER_PORT" --tls-cert-file="$DIR/server.crt" --tls-private-key-file="$DIR/server.key" \
            --cert-dir="$DIR/certs" --token-auth-file="$DIR/tokens.csv" --authorization-mode=RBAC --service-cluster-ip-range=10.0.0.0/24 \
            --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$DIR/service-accounts.key" \
            --service-account-signing-key-file="$DIR/service-accounts.key" --disable-admission-plugins=ServiceAccount "${audit[@]}"
    fi
    wait_for 120 apiserver_answers || give_up apiserver
    say "API server ready at $KUBE_URL, kubeconfig: $DIR/kubeconfig"
}

# The process is looked at too: another server may have taken the port while ours was down.
etcd_answers() {
    is_process "$(read_pid etcd.pid)" etcd "$DIR/" || give_up etcd
    curl -fs --max-time 5 "http://127.0.0.1:$ETCD_PORT/health" | grep -q '"health":"true"'
}

apiserver_answers() {
    is_process "$(read_pid apiserver.pid)" kube-apiserver "$DIR/" || give_up apiserver
    curl -fs --max-time 5 -o /dev/null --cacert ca.crt -H "Authorization: Bearer $(sed -n 's/^ *token: //p' kubeconfig)" "$KUBE_URL/readyz"
}

give_up() {
    tail -n 20 "$1.log" >&2
    die "$1 did not become ready." "Read $DIR/$1.log. If its port is taken, remove $DIR and start again."
}

stop() {
    end_process "$(read_pid apiserver.pid)" kube-apiserver "$DIR/"
    end_process "$(read_pid etcd.pid)" etcd "$DIR/"
    rm -f apiserver.pid etcd.pid
}

kill_program() {
    local pidfile=${1#kube-}.pid pid
    pid=$(read_pid "$pidfile")
    is_process "$pid" "$1" "$DIR/" || die "$1 does not run in $DIR." "Start it: apiserver.sh start $DIR"
    kill -s KILL "$pid"
    wait_for 10 has_ended "$pid" "$1" || die "$1 does not end." "Look at /proc/$pid/status; it may wait for a disk."
}

has_ended() { ! is_process "$1" "$2" "$DIR/"; }

USE="Use: apiserver.sh start|stop DIR, or apiserver.sh kill DIR kube-apiserver|etcd"
[ $# = 2 ] || [ "$*" = "kill ${2-} kube-apiserver" ] || [ "$*" = "kill ${2-} etcd" ] || die "apiserver.sh was called with '$*'." "$USE"
[ "$1" = start ] || [ -d "$2" ] || exit 0
umask 077
mkdir -p "$2"
DIR=$(cd "$2" && pwd -P)
cd "$DIR"
exec 7>lock
flock 7
case $1 in
    start | stop) "$1" ;;
    kill) kill_program "$3" ;;
    *) die "Unknown command '$1'." "$USE" ;;
esac
