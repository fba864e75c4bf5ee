# shellcheck shell=bash
# dotnet.sh - builds the product and its tests outside of the source tree. Source it after common.sh, then call
#
#   build_product PROJECT   restores (as locked) and builds a project or solution in Release; exports PROVISIONING_ARTIFACTS
#   program PROJECT NAME    prints the path of a built program
#   native_operator         builds the operator as users get it (minutes; kept in the cache until a source changes) and prints its path; needs gcc libc6-dev zlib1g-dev

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

build_product() {
    local what=$ROOT/$1
    command -v dotnet >/dev/null || die "The .NET SDK is missing." "Install the .NET 10 SDK; global.json names the version."
    # One folder for each source tree: two checkouts must not overwrite each other's builds.
    PROVISIONING_ARTIFACTS=${PROVISIONING_ARTIFACTS:-$CACHE/build/$(printf '%s' "$ROOT" | sha256sum | cut -c1-12)}
    export PROVISIONING_ARTIFACTS DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    mkdir -p "$PROVISIONING_ARTIFACTS"
    say "restoring packages"
    dotnet restore "$what" --locked-mode -v quiet >&2 || die "The packages could not be restored." "Check the package source ('dotnet nuget list source'); after a change of versions run 'dotnet restore' and commit the lock files."
    say "building"
    # One compile server for all projects saves half of the time. It is ended with the build; one that is not ends itself after ten minutes.
    dotnet build "$what" -c Release --no-restore -v quiet -nologo -p:UseSharedCompilation=true >&2 || die "The build failed." "Read the lines above."
    dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || say "the compile server was not ended; it ends itself after ten minutes"
    say "built"
}

program() { printf '%s/bin/%s/release/%s\n' "$PROVISIONING_ARTIFACTS" "$1" "$2"; }

native_operator() { printf '%s/provisioning-operator\n' "$(cached "operator-native-$(digest_of_sources)" "$ROOT/hack/lib/native.sh")"; }

digest_of_sources() {
    (cd "$ROOT" && find src Directory.*.props global.json -type f ! -path '*/bin/*' ! -path '*/obj/*' -print0 | sort -z | xargs -0 sha256sum) | sha256sum | cut -c1-12
}
