#!/bin/bash
# Miller turns the CSV into files of 500 JSON records, curl sends them, four processes of a hundred calls on one connection
# each, with its own retry.
set -euo pipefail
path=$1 server=$2
mkdir pieces
mlr --icsv --ojson cut -o -f 'Store,Item Code,Quantity' \
    then rename 'Store,location_id,Item Code,sku,Quantity,quantity' then split -n 500 --prefix pieces/stock "$path"
find pieces -type f -print0 | xargs -0 -P 4 -n 100 bash -c '
    between=
    for piece; do
        printf "%s\n" $between "url = $0/ims/v3/inventory" "request = PUT" "data-binary = @$piece" silent fail \
            "retry = 10" "output = /dev/null" "header = \"Content-Type: application/json\"" \
            "header = \"x-access-token: benchmark\""
        between=next
    done | curl --config -' "$server"
