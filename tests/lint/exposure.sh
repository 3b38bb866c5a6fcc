#!/bin/sh
# exposure.sh -- the units are sandboxed to an exposure of at most 1.5, and systemd understands every line.
units="wardcast.service wardcast-train.service"
if ! command -v systemd-analyze >/dev/null 2>&1; then
    echo "1..0 # SKIP systemd-analyze is not installed"
    exit 0
fi
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
echo 1..5
number=0

report() { # report GOOD SENTENCE
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"; else echo "not ok $number - $2"; fi
}

for unit in $units; do
    systemd-analyze security --no-pager --offline=true --threshold=15 "$top_builddir/systemd/$unit" >"$folder/said" 2>&1
    good=$?
    [ "$good" = 0 ] || sed 's/^/# /' "$folder/said"
    report "$good" "$unit: $(sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/exposure \1/p' "$folder/said"), at most 1.5"
done

# verify wants the program that a unit starts to exist: the one just built stands in for the installed one.
cp "$top_srcdir/systemd/wardcast-train.timer" "$top_srcdir/systemd/wardcast-train.path" "$folder"
for unit in $units; do
    sed -e "s|^\(Exec[A-Za-z]*=\)[^ ]*/wardcast |\1$top_builddir/wardcast |" -e '/^Documentation=/d' "$top_builddir/systemd/$unit" >"$folder/$unit"
done
said=$(systemd-analyze verify --man=no "$folder/wardcast.service" "$folder/wardcast-train.timer" "$folder/wardcast-train.path" 2>&1)
good=$?
if [ "$good" != 0 ] && echo "$said" | grep -qE 'Failed to (initialize manager|create .*cgroup|connect to bus)'; then
    number=$((number + 1))
    echo "ok $number # SKIP systemd-analyze cannot verify units here"
else
    said=$(echo "$said" | grep -E "$folder/|^wardcast")
    [ -z "$said" ] || echo "$said" | sed 's/^/# /'
    [ -z "$said" ]
    report $? "systemd understands every line"
fi

left=$(grep -nE '@[a-z]+@|#SANDBOX#' "$top_builddir"/systemd/*.service)
[ -z "$left" ] || echo "# $left"
[ -z "$left" ]
report $? "every place of the templates is filled in"

[ "$(grep -c '^ExecReload=' "$top_builddir/systemd/wardcast.service")" = 2 ] && grep -q '^Type=notify$' "$top_builddir/systemd/wardcast.service"
report $? "a reload first checks the file, then signals"
