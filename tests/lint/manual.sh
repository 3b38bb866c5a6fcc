#!/bin/sh
# manual.sh -- wardcast(1) says what the table of commands and their --help say.
echo 1..2
program="$top_builddir/wardcast"
if "$program" help manual | diff -u "$top_srcdir/daemon/wardcast.1" - >&2; then
    echo "ok 1 - daemon/wardcast.1 is what the program prints"
else
    echo "not ok 1 - daemon/wardcast.1 is what the program prints"
    echo "# run \"wardcast help manual > daemon/wardcast.1\" in the C.UTF-8 locale and commit it"
fi
commands=$("$program" help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
lost=$(for name in $commands; do "$program" "$name" --help >/dev/null 2>&1 || echo "$name"; done)
if [ -z "$lost" ] && [ "$(echo "$commands" | wc -l)" -ge 10 ]; then
    echo "ok 2 - every command has its --help"
else
    echo "not ok 2 - every command has its --help"
    echo "# without: $lost"
fi
