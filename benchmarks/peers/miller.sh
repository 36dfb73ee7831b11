#!/bin/bash
# Miller turns the CSV into JSON lines, split cuts 500 of them, curl sends each piece, four at a time, with its own retry.
set -euo pipefail
path=$1 server=$2
mkdir pieces
mlr --icsv --ojsonl rename 'Store,location_id,Item Code,sku,Quantity,quantity' then cut -o -f location_id,sku,quantity "$path" |
    split --lines=500 --filter='{ printf "["; paste -sd, -; printf "]"; } > $FILE' - pieces/
find pieces -type f -print0 |
    xargs -0 -P 4 -n 25 sh -c '
        for piece; do
            curl --silent --fail --retry 10 --retry-connrefused --output /dev/null --request PUT \
                --header "Content-Type: application/json" --header "x-access-token: benchmark" \
                --data-binary "@$piece" "$0/ims/v3/inventory"
        done' "$server"
