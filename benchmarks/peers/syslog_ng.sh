#!/bin/bash
# syslog-ng: a file source, its CSV parser, its http() destination with batches of 500 and four workers, flow control on.
# It is a daemon: it runs until it is told to stop.
set -euo pipefail
path=$1 server=$2
cat >push.conf <<END
@version: 3.38
options { stats-freq(0); keep-hostname(yes); use-dns(no); };
source stock { file("$path" flags(no-parse) follow-freq(0.1) log-iw-size(20000) log-fetch-limit(1000)); };
parser columns {
    csv-parser(
        columns("item", "name", "brand", "category", "size", "colour", "hsn", "store", "quantity", "mrp", "price", "updated")
        delimiters(",") quote-pairs('""') prefix("csv.")
    );
};
filter rows { not match("^Item Code\$" value("csv.item")); };
destination konnect {
    http(
        url("$server/ims/v3/inventory") method("PUT")
        headers("Content-Type: application/json", "x-access-token: benchmark")
        body-prefix("[") delimiter(",") body-suffix("]")
        body('\$(format-json location_id=\${csv.store} sku=\${csv.item} quantity=int64(\${csv.quantity}))')
        batch-lines(500) batch-timeout(500) workers(4) retries(10) time-reopen(1) log-fifo-size(40000)
    );
};
log { source(stock); parser(columns); filter(rows); destination(konnect); flags(flow-control); };
END
exec syslog-ng --foreground --stderr --no-caps --cfgfile push.conf --persist-file push.persist --pidfile push.pid --control push.ctl
