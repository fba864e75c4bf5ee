#!/bin/bash
# image.sh - builds what the container image holds, by the very steps of the Dockerfile, and checks it. No container engine is needed.
#
#   image.sh build OUT     what the Dockerfile's build stage runs: OUT/provisioning-operator, native, without symbols (minutes)
#   image.sh check         builds, then: size, libraries, --version, runs as user 65532 on a read-only root against a real API server until a
#                          simulated Node is Ready, stops on SIGTERM; needs root, and what hack/test.sh needs
#   image.sh reproduce     builds from two folders and compares the programs
#   image.sh sbom OUT      OUT/provisioning-operator.cdx.json, a bill of materials (CycloneDX)
#   image.sh vulnerable    asks the package source for known vulnerabilities; 3 if it has no such list, so that nothing was checked
#   image.sh lint          quick: the Dockerfile runs this script, and keeps its rules
#
# VERSION, REVISION and SOURCE_DATE_EPOCH are those of the image.
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
# shellcheck source=lib/dotnet.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/dotnet.sh"

PROJECT=src/Provisioning.Operator/Provisioning.Operator.csproj
PROGRAM=provisioning-operator
CYCLONEDX=6.3.1
LARGEST_MIB=48
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

build() {
    local out=$1 work
    work=$(mktemp -d /tmp/provisioning-image.XXXXXX)
    # Paths of the machine that builds must not get into the program.
    (cd "$ROOT" && PROVISIONING_ARTIFACTS=$work/build PathMap="$ROOT=/src,$work/build=/build" dotnet publish "$PROJECT" -c Release -v quiet -nologo \
        -p:RestoreLockedMode=true -p:Deterministic=true -p:EnableSourceControlManagerQueries=false -p:Version="${VERSION:-0.1.0}" \
        -p:SourceRevisionId="${REVISION:-unknown}" -p:DebugType=none -p:GenerateDocumentationFile=false -p:CopyOutputSymbolsToPublishDirectory=false \
        -o "$work/out") || die "The native program could not be built." "Read the lines above. It needs the .NET SDK, clang or gcc, and zlib's headers."
    mkdir -p "$out"
    install -m 0755 "$work/out/$PROGRAM" "$out/$PROGRAM"
    touch -d "@${SOURCE_DATE_EPOCH:-0}" "$out/$PROGRAM"
    rm -rf "$work"
}

check() {
    # shellcheck source=lib/kubernetes.sh
    source "$ROOT/hack/lib/kubernetes.sh"
    [ "$(id -u)" = 0 ] || die "image.sh check runs the program as another user." "Run it as root."
    apt_install gcc libc6-dev zlib1g-dev curl
    ensure_kubernetes >/dev/null
    BED=$(mktemp -d /tmp/provisioning-image-check.XXXXXX)
    chmod 0755 "$BED"
    PID=
    trap clean EXIT
    if [ -n "${PROVISIONING_IMAGE_PROGRAM:-}" ]; then install -D -m 0755 "$PROVISIONING_IMAGE_PROGRAM" "$BED/out/$PROGRAM"; else build "$BED/out"; fi
    local program=$BED/out/$PROGRAM size version
    size=$(($(stat -c %s "$program") >> 20))
    [ "$size" -le "$LARGEST_MIB" ] || die "The program has $size MiB, more than $LARGEST_MIB." "Look what was added; raise LARGEST_MIB in $0 only on purpose."
    version=$("$program" --version)
    [ "$version" = "${VERSION:-0.1.0}" ] || die "--version says '$version' and not '${VERSION:-0.1.0}'." "Look at how the version gets into the build."
    libraries "$program"
    say "$size MiB, version $version; starting an API server"
    "$ROOT/hack/lib/apiserver.sh" start "$BED/kubernetes"
    smoke "$program"
    say "the program is as the image needs it"
}

# The base image has these and no others.
libraries() {
    local needed unknown
    needed=$(ldd "$1") || die "ldd cannot read $1." "Read the lines above."
    unknown=$(awk '$1 !~ "^(linux-vdso|/lib.*/ld-linux|libc|libm|libz|libdl|libpthread|librt|libgcc_s|libstdc[+][+])" { print $1 }' <<<"$needed")
    [ -z "$unknown" ] || die "The program needs libraries that the base image lacks: $unknown" "Link them statically, or change BASE in the Dockerfile."
}

smoke() {
    local program=$1 port began
    export KUBECONFIG=$BED/kubernetes/kubeconfig
    # Kubernetes 1.20 knows no CEL rules: kubectl's own validation would refuse them, the server does not.
    kubectl create --validate=false -f "$ROOT/crds" >/dev/null
    kubectl apply -f "$ROOT/hack/manifests/rbac.yaml" >/dev/null
    kubectl wait --for=condition=Established --timeout=60s -f "$ROOT/crds" >/dev/null
    kubectl apply -f "$ROOT/hack/demo/simulated.yaml" >/dev/null
    kubectl apply -f - >/dev/null <<'YAML'
apiVersion: provisioning.dev/v1alpha1
kind: Node
metadata: {name: image-check}
spec: {provisionerRef: {name: simulator}, imageRef: {name: web-1}, powerState: PoweredOn}
YAML
    install -m 0444 "$BED/kubernetes/operator.kubeconfig" "$BED/kubeconfig"
    port=$(free_port)
    began=$EPOCHREALTIME
    # As Kubernetes runs it: no root, no rights, nothing to write to, and HOME as container runtimes set it. Without HOME, .NET finds no certificate store.
    unshare --mount bash -c 'mount --rbind / /mnt && mount -o remount,bind,ro /mnt && cd / && exec chroot --userspec=65532:65532 /mnt env -i HOME=/ "$@"' _ \
        "$program" --kubeconfig="$BED/kubeconfig" --listen="http://127.0.0.1:$port" --log-format=json >"$BED/log" 2>&1 7>&- 8>&- 9>&- &
    PID=$!
    wait_for 60 curl -fs -o /dev/null "http://127.0.0.1:$port/readyz" || { cat "$BED/log" >&2 && die "The program is not ready after 60 s." "Read its log above."; }
    say "ready after $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }') s"
    [ "$(awk '/^Uid:/ { print $2 }' "/proc/$PID/status")" = 65532 ] || die "The program does not run as user 65532." "Look at chroot --userspec in $0."
    kubectl wait --for=condition=Ready --timeout=60s nodes.provisioning.dev --all >/dev/null || die "The simulated Nodes are not Ready after 60 s." "Read $BED/log."
    curl -fs "http://127.0.0.1:$port/metrics" | grep -q '^provisioning_nodes{.*state="Ready"} [1-9]' || die "/metrics does not count the Nodes." "Ask http://127.0.0.1:$port/metrics."
    say "simulated Nodes are Ready after $(awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }') s, $(awk '/^VmRSS:/ { printf "%d", $2 / 1024 }' "/proc/$PID/status") MiB of memory"
    kill -TERM "$PID"
    wait "$PID" || die "The program ended with code $? on SIGTERM." "Read $BED/log."
    PID=
}

# What could not be ended is a failure of the check, and what could not be checked leaves its log.
clean() {
    local code=$?
    if [ -n "$PID" ] && kill -0 "$PID" 2>/dev/null; then kill -KILL "$PID" || code=1; fi
    "$ROOT/hack/lib/apiserver.sh" stop "$BED/kubernetes" || code=1
    if [ "$code" = 0 ]; then rm -rf "$BED"; else say "logs: $BED"; fi
    exit "$code"
}

reproduce() {
    local bed first second
    bed=$(mktemp -d /tmp/provisioning-image-twice.XXXXXX)
    mkdir -p "$bed/one/source" "$bed/another/place/of/the/source"
    copy_sources "$bed/one/source"
    copy_sources "$bed/another/place/of/the/source"
    "$bed/one/source/hack/image.sh" build "$bed/first"
    "$bed/another/place/of/the/source/hack/image.sh" build "$bed/second"
    first=$(sha256sum <"$bed/first/$PROGRAM") second=$(sha256sum <"$bed/second/$PROGRAM")
    printf '%s first\n%s second\n' "${first%% *}" "${second%% *}"
    if [ "$first" != "$second" ]; then
        say "bytes that differ: $(cmp -l "$bed/first/$PROGRAM" "$bed/second/$PROGRAM" | wc -l)"
        die "The two programs differ. They are kept in $bed." "Compare them section by section: readelf -SW, objdump -s -j SECTION."
    fi
    rm -rf "$bed"
}

copy_sources() { (cd "$ROOT" && tar -c --exclude=bin --exclude=obj src hack Directory.*.props BannedSymbols.txt global.json .editorconfig) | tar -x -C "$1"; }

sbom() {
    local tool
    tool=$(cached "cyclonedx-$CYCLONEDX" "$ROOT/hack/image.sh" fetch-cyclonedx)/dotnet-CycloneDX
    mkdir -p "$1"
    # The tool restores; its files must not get into the source tree.
    PROVISIONING_ARTIFACTS=$(mktemp -d /tmp/provisioning-image.XXXXXX)
    export PROVISIONING_ARTIFACTS
    "$tool" "$ROOT/$PROJECT" --output "$1" --filename "$PROGRAM.cdx.json" --output-format Json --exclude-dev --set-name "$PROGRAM" --set-version "${VERSION:-0.1.0}" >&2
    rm -rf "$PROVISIONING_ARTIFACTS"
    grep -q '"bomFormat": *"CycloneDX"' "$1/$PROGRAM.cdx.json" || die "$1/$PROGRAM.cdx.json is no bill of materials." "Read the lines above."
    grep -q '"pkg:nuget/SSH.NET@' "$1/$PROGRAM.cdx.json" || die "The bill of materials lacks SSH.NET, which the program has." "Read the lines above."
    say "$(grep -c '"purl"' "$1/$PROGRAM.cdx.json") packages in $1/$PROGRAM.cdx.json"
}

# Called by `cached`: image.sh fetch-cyclonedx WORK RESULT.
fetch_cyclonedx() { dotnet tool install CycloneDX --version "$CYCLONEDX" --tool-path "$1" >&2; }

# Without a list of vulnerabilities 'dotnet list package' says that there are none, so it is asked for first.
vulnerable() {
    local source list output
    while read -r source; do
        list=$(curl -fsS --max-time 30 "$source" | tr -d ' \n' | grep -oE '"@id":"[^"]+","@type":"VulnerabilityInfo/[^"]+"' | head -1 | cut -d'"' -f4 || true)
        [ -n "$list" ] && curl -fsS --max-time 30 -o /dev/null "$list" && break
        list=
    done < <(dotnet nuget list source --format short | awk '$1 == "E" { print $2 }')
    if [ -z "$list" ]; then
        printf 'NOT CHECKED: the package source has no list of vulnerabilities, or it cannot be reached.\n  What to do: run this where the public source is reachable.\n' >&2
        exit 3
    fi
    dotnet restore "$ROOT/$PROJECT" --locked-mode -v quiet >&2
    output=$(dotnet list "$ROOT/$PROJECT" package --vulnerable --include-transitive)
    printf '%s\n' "$output"
    ! grep -qE '^ *> ' <<<"$output" || die "Packages have known vulnerabilities." "Raise their versions in Directory.Packages.props."
}

lint() {
    local file=$ROOT/Dockerfile line
    for line in 'RUN .*hack/image\.sh build /out$' 'USER 65532:65532' 'COPY --from=build /out/ /' "ENTRYPOINT \[\"/$PROGRAM\"\]" '.*org\.opencontainers\.image\.revision=.*'; do
        grep -qE "^$line" "$file" || die "The Dockerfile has no line '$line'." "Keep it and hack/image.sh the same."
    done
    [ "$(grep -c '^RUN' "$file")" = 1 ] || die "The Dockerfile runs more than hack/image.sh." "Put it into hack/image.sh, so that it is checked."
    ! grep -nE '^(ARG|FROM).*[a-z0-9-]+\.[a-z]{2,}/' "$file" || die "The Dockerfile names a registry." "Take it from the argument REGISTRY."
    for line in src hack/image.sh hack/lib Directory.Build.props Directory.Packages.props BannedSymbols.txt global.json .editorconfig; do
        grep -qxF "!$line" "$ROOT/.dockerignore" || die "The build needs $line, and .dockerignore keeps it out." "Add !$line."
        [ -e "$ROOT/$line" ] || die "$line is gone." "Correct the list in $0 and .dockerignore."
    done
    say "the Dockerfile keeps its rules"
}

case ${1:-} in
    build | sbom) [ $# = 2 ] || die "$1 needs a folder." "Use: hack/image.sh $1 OUT"; "$1" "$2" ;;
    check | reproduce | vulnerable | lint) "$1" ;;
    fetch-cyclonedx) fetch_cyclonedx "$3" ;;
    *) die "Unknown command '${1:-}'." "Use: hack/image.sh build OUT | check | reproduce | sbom OUT | vulnerable | lint" ;;
esac
