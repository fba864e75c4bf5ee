#!/bin/bash
# native.sh WORK RESULT - puts the operator as a native program into the folder RESULT. Called by native_operator of dotnet.sh.
# It builds in WORK, so that it meets no other build of the same projects.
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PROVISIONING_ARTIFACTS=$1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

say "building the operator as a native program (some minutes)"
# The analyzers have looked at the same sources in the build before it.
dotnet publish "$ROOT/src/Provisioning.Operator/Provisioning.Operator.csproj" -c Release -v quiet -nologo -p:RestoreLockedMode=true -p:RunAnalyzers=false -p:DebugType=none -p:GenerateDocumentationFile=false \
    -p:CopyOutputSymbolsToPublishDirectory=false -o "$2/all" || die "The native program could not be built." "Read the lines above. It needs gcc and zlib's headers."
mv "$2/all/provisioning-operator" "$2"
rm -r "$2/all"
