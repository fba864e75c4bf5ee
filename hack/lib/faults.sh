#!/bin/bash
# faults.sh - the tables of faults, simulated and on real parts, and of hand-overs between replicas, made from what the tests left in PROVISIONING_FAULTS_DIR.
#
#   faults.sh DIR         prints them
#   faults.sh DIR FILE    puts them into FILE, each between its lines "<!-- NAME ... -->" and "<!-- end of NAME -->"
#
# DIR/simulation.md is a table already. Each line of DIR/*.tsv: "injected" or "survived", number of the row, fault; a fault that was injected and not survived lost something.
# Each line of DIR/*.hand-overs: what became of the leader, seconds from the signal and from its last renewal to the first write of the other one, what is asserted.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
    local faults=("$1"/*.tsv) overs=("$1"/*.hand-overs) file=${2-}
    # A run of some of the tests may lack any of them.
    if [ -e "$1/simulation.md" ]; then give simulation "$(cat "$1/simulation.md")" "$file"; fi
    if [ -e "${faults[0]}" ]; then give faults "$(rows_of_faults "${faults[@]}")" "$file"; fi
    if [ -e "${overs[0]}" ]; then give hand-overs "$(rows_of_hand_overs "${overs[@]}")" "$file"; fi
}

# give NAME TABLE FILE
give() {
    if [ -z "$3" ]; then
        printf '%s\n\n' "$2"
        return
    fi
    grep -q "^<!-- end of $1 -->" "$3" || die "$3 has no part '$1'." "Put the lines '<!-- $1 -->' and '<!-- end of $1 -->' into it."
    NAME=$1 TABLE=$2 awk '
        $0 ~ "^<!-- " ENVIRON["NAME"] "[: ]" && !skip { print; print ENVIRON["TABLE"]; skip = 1; next }
        $0 == "<!-- end of " ENVIRON["NAME"] " -->" { skip = 0 }
        !skip' "$3" >"$3.new"
    mv "$3.new" "$3"
}

rows_of_faults() {
    echo '| fault | injected | survived | lost or done twice |'
    echo '| --- | --- | --- | --- |'
    sort -t "$(printf '\t')" -k2,2n "$@" | awk -F'\t' '
        !($2 in name) { name[$2] = $3; order[++last] = $2 }
        { count[$2, $1]++; sum[$1]++ }
        END {
            for (i = 1; i <= last; i++) row(name[order[i]], count[order[i], "injected"] + 0, count[order[i], "survived"] + 0)
            row("all", sum["injected"] + 0, sum["survived"] + 0)
        }
        function row(fault, injected, survived) {
            printf "| %s | %d | %d | %s |\n", fault, injected, survived, injected == survived ? "nothing" : "see the failed test"
        }'
}

rows_of_hand_overs() {
    echo '| the leader | seconds from the signal to the first write of the other one | seconds from its own last renewal | asserted |'
    echo '| --- | ---: | ---: | --- |'
    sort -t "$(printf '\t')" -k1,1 "$@" | awk -F'\t' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }'
}

[ $# = 1 ] || [ $# = 2 ] || die "faults.sh needs a folder." "Use: faults.sh DIR [FILE]"
main "$@"
