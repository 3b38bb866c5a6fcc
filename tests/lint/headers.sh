#!/bin/sh
# headers.sh -- every header can be included first and alone, and twice.
cd "$top_srcdir" || exit 99
headers=$(find config connectors daemon forecast tests -name '*.h' ! -path config/build.h | sort)
folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
export folder

compile() { # compile HEADER: what the compiler says goes into a file of its own
    name=$(echo "$1" | tr / _)
    printf '#include "%s"\n#include "%s"\nint headers_lint;\n' "$1" "$1" |
        $CC $CFLAGS -Wno-missing-prototypes -fsyntax-only -x c -iquote "$top_srcdir" -iquote "$top_builddir" - >"$folder/$name" 2>&1 || echo "exit $?" >>"$folder/$name"
}

echo "1..$(echo "$headers" | wc -l)"
number=0
for header in $headers; do
    number=$((number + 1))
    compile "$header"
    said=$folder/$(echo "$header" | tr / _)
    if [ -s "$said" ]; then
        echo "not ok $number - $header"
        head -n 20 "$said" | sed 's/^/# /'
    else
        echo "ok $number - $header"
    fi
done
