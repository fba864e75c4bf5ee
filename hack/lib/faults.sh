#!/bin/bash
# faults.sh - the table of faults on real parts, made from what the tests left in PROVISIONING_FAULTS_DIR.
#
#   faults.sh DIR         prints it
#   faults.sh DIR FILE    puts it into FILE between the lines "<!-- table..." and "<!-- end of table -->" of the part "real parts"
#
# Each line of DIR/*.tsv: "injected" or "survived", number of the row, fault; a fault that was injected and not survived lost something.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

main() {
    local results=("$1"/*.tsv) file=${2-} table
    [ -e "${results[0]}" ] || die "$1 has no results." "Run the EndToEnd tests with PROVISIONING_FAULTS_DIR set to it."
    table=$(rows "${results[@]}")
    if [ -z "$file" ]; then
        printf '%s\n' "$table"
        return
    fi
    grep -q '^<!-- real parts -->' "$file" || die "$file has no part 'real parts'." "Put the lines '<!-- real parts -->', '<!-- table -->' and '<!-- end of table -->' into it."
    TABLE=$table awk '
        /^<!-- real parts -->/ { part = 1 }
        /^<!-- end of real parts -->/ { part = 0 }
        part && /^<!-- table/ { print; print ENVIRON["TABLE"]; skip = 1; next }
        /^<!-- end of table -->/ { skip = 0 }
        !skip' "$file" >"$file.new"
    mv "$file.new" "$file"
}

rows() {
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

[ $# = 1 ] || [ $# = 2 ] || die "faults.sh needs a folder." "Use: faults.sh DIR [FILE]"
main "$@"
