#!/bin/sh
# settings.sh -- sample file and man page say what the table of settings says.
made="$top_builddir/config/settings_document"
echo 1..4
test_number=0

report() { # report GOOD SENTENCE
    test_number=$((test_number + 1))
    if [ "$1" = 0 ]; then echo "ok $test_number - $2"; else echo "not ok $test_number - $2"; fi
}

same() { # same FORMAT FILE
    "$made" "$1" | diff -u "$top_srcdir/$2" - >&2
    good=$?
    [ "$good" = 0 ] || echo "# run \"make documents\" and commit $2"
    report "$good" "$2 is what the table prints"
}

same yaml config/wardcast.yaml
same man config/wardcast.yaml.5

# Each row of the table begins with two strings, the section and the name.
names=$(sed -n 's/^    {"[^"]*", "\([a-z_]*\)", SETTING_.*/\1/p' "$top_srcdir/config/setting.c")
missing=$(for name in $names; do
    grep -q "^\.B $name\$" "$top_srcdir/config/wardcast.yaml.5" || echo "# the man page lacks $name"
    grep -qE "^[ #-]*$name:" "$top_srcdir/config/wardcast.yaml" || echo "# the sample lacks $name"
done)
[ -z "$missing" ] || echo "$missing"
rows=$(echo "$names" | wc -l)
[ -z "$missing" ] && [ "$rows" -gt 40 ]
report $? "each of $rows rows is in the man page and in the sample"

if command -v man >/dev/null 2>&1; then
    said=$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$top_srcdir/config/wardcast.yaml.5" 2>&1 >/dev/null)
    [ -z "$said" ] || echo "# $said"
    [ -z "$said" ]
    report $? "man has nothing to complain of"
else
    test_number=$((test_number + 1))
    echo "ok $test_number # SKIP man is not installed"
fi
