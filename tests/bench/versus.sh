#!/bin/sh
# versus.sh -- Wardcast's networks beside another implementation of the same shapes, run in turn.
#
# Usage: versus.sh ROUNDS THREADS BENCH_MODELS PEER...
# PEER is a command that takes a number of threads and prints lines like those of
# bench_models, for example: versus.sh 3 2 tests/bench/bench_models python3 tests/bench/peer_torch.py
# Both run with 1 and with THREADS threads, in turn, ROUNDS times; the best figure of
# each side counts, at whichever number of threads it was reached.
[ $# -ge 4 ] || { sed -n 's/^# \(Usage.*\)/\1/p' "$0" >&2; exit 2; }
rounds=$1 threads=$2 ours=$3
shift 3
said=$(mktemp) || exit 1
trap 'rm -f "$said"' EXIT
round=0
while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    for count in 1 "$threads"; do
        "$ours" "$count" >>"$said" || exit 1
        "$@" "$count" >>"$said" || exit 1
        [ "$threads" -gt 1 ] || break
    done
done
cat "$said"
awk '
    function better(key, figure) { if (!(key in best) || figure > best[key]) best[key] = figure }
    / one window / {
        side = $1 == "wardcast" ? "ours" : "peer"
        shape = $2 " " $3 " " $4 " " $5 " " $6 " " $7
        if (!(shape in seen)) { seen[shape] = 1; order[++shapes] = shape }
        for (k = 8; k <= NF; k++) {
            if ($k == "train" && $(k + 2) ~ /^windows/) better(shape side "train", $(k + 1))
            if ($k == "infer") better(shape side "infer", $(k + 1))
            if ($k == "window") better(shape side "one", 1 / $(k + 1))
            if ($k == "sgemm") better(shape side "sgemm", $(k - 3))
        }
    }
    END {
        for (i = 1; i <= shapes; i++) {
            s = order[i]
            if (!((s "peertrain") in best) || !((s "ourstrain") in best)) continue
            printf "ratio %s: train %.2f, infer %.2f, one window %.2f; train %d %% of sgemm\n", s, best[s "ourstrain"] / best[s "peertrain"], best[s "oursinfer"] / best[s "peerinfer"], best[s "oursone"] / best[s "peerone"], best[s "ourssgemm"]
        }
    }' "$said"
