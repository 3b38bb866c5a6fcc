#!/bin/sh
# source.sh -- files of a size one can read, nothing left undone, no function that cannot be used safely.
cd "$top_srcdir" || exit 99
echo 1..9
number=0

report() { # report SENTENCE COMPLAINTS
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "$2" | head -n 40 | sed 's/^/# /'
    fi
}

ours() { # ours NAME...: files of these name patterns that people wrote
    patterns=
    for name in "$@"; do patterns="$patterns -o -name $name"; done
    set -f
    find . \( -name .git -o -name 'build*' -type d -o -name .autotools -o -name autom4te.cache -o -name corpus -o -name data -o -name '=*' -o -name _build -o -name _inst -o -name 'wardcast-[0-9]*' \) -prune -o \
        -type f \( -name '' $patterns \) ! -path ./config/build.h.in ! -path ./Makefile.in ! -path ./aclocal.m4 ! -path ./configure -print
    set +f
}

code=$(ours '*.c' '*.h')
prose=$(ours '*.md' '*.sh' '*.py' '*.sql' '*.am' '*.ac' '*.in' '*.yaml' '*.conf' bootstrap)

# pg.c may be longer, because libpq may be included in one file alone.
long=$(wc -l $code $(ours '*.sh' '*.py' '*.sql') | "$AWK" '$2 != "total" && $1 >= 500 {print ($1 >= ($2 == "./connectors/wire/pg.c" ? 900 : 600) ? "FAIL " : "NOTE ") $2 " has " $1 " lines, wanted under 500"}')
echo "$long" | sed -n 's/^NOTE /# /p'
report "no file has 600 lines or more, but for the one that wraps libpq" "$(echo "$long" | sed -n 's/^FAIL //p')"

report "nothing is left undone" "$(grep -nE '\b(TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b' $code $prose)"

tab=$(printf '\t')
report "no tabs in code, no blanks at line ends" "$(
    grep -n "$tab" $code $(ours '*.sh' '*.py' '*.sql')
    grep -nE '[ ]+$' $code $prose)"

report "files end with one line feed" "$(for file in $code $prose; do
    [ ! -s "$file" ] || [ "$(tail -c 1 "$file" | od -An -tx1 | tr -d ' ')" = 0a ] || echo "$file does not end with a line feed"
done)"

# Strings and comments are blanked first.  Each banned name with what to use instead; what reads carelessly without
# writing out of bounds (atoi) may stay in tests, whose input is their own.
report "no banned function is called" "$("$AWK" '
    BEGIN {
        n = split("sprintf g_snprintf vsprintf g_vsnprintf strcpy g_strdup strcat GString strncpy g_strlcpy strncat GString gets fgets " \
                  "strtok g_strsplit system g_spawn popen g_spawn atoi g_ascii_string_to_unsigned atol g_ascii_string_to_signed " \
                  "atof g_ascii_strtod scanf a_parser alloca g_malloc malloc g_malloc calloc g_new0 realloc g_renew " \
                  "tmpnam g_dir_make_tmp mktemp mkstemp setjmp GError longjmp GError rand a_seeded_generator srand a_seeded_generator " \
                  "localtime GTimeZone gmtime GDateTime strerror g_strerror signal sigaction", pair, " ")
        for (i = 1; i < n; i += 2) better[pair[i]] = pair[i + 1]
        split("atoi atol atof malloc calloc realloc system popen signal", careless, " ")
        for (i in careless) in_tests[careless[i]] = 1
    }
    FNR == 1 {comment = 0}
    {
        line = $0
        gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
        gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", line)
        if (comment) {if (!sub(/^.*\*\//, "", line)) next; comment = 0}
        if (sub(/\/\*.*$/, "", line)) comment = 1
        sub(/\/\/.*$/, "", line)
        while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ ]*\(/)) {
            name = substr(line, RSTART, RLENGTH - 1)
            before = RSTART > 1 ? substr(line, RSTART - 1, 1) : ""
            line = substr(line, RSTART + RLENGTH)
            gsub(/ /, "", name)
            if (name in better && !(FILENAME ~ /^\.\/tests\// && name in in_tests) && before != "." && before != ">") print FILENAME ":" FNR ": " name "(), wanted " better[name]
        }
    }' $code || echo "awk failed")"

report "no flag that makes isnan() lie" "$(grep -nE -- '-Ofast|-ffast-mat[h]|-ffinite-math-only' $(ours '*.am') /dev/null
    grep -nE -- '-Ofast|-ffast-mat[h]|-ffinite-math-only' configure.ac | grep -vE 'AS_CASE|AC_MSG_ERROR')"

folder=$(mktemp -d) || exit 99
trap 'rm -rf "$folder"' EXIT
if (cd "$folder" && "$top_srcdir/configure" -q CFLAGS='-O2 -ffast-math' >said 2>&1); then
    refused="configure took -ffast-math"
elif ! grep -q 'break NaN-as-missing' "$folder/said"; then
    refused="configure failed for another reason: $(tail -n 1 "$folder/said")"
fi
report "configure refuses -ffast-math" "${refused:-}"

# A file that no room.am names would be missing from the release.
listed=$(cat Makefile.am $(find config connectors daemon forecast sql systemd tests -name room.am))
report "every source is named in a room's list" "$(for file in $code; do
    case $listed in *"${file#./}"*) ;; *) echo "${file#./} is in no room.am" ;; esac
done)"

# Paths of somebody's machine and the name of this one.
here=$(uname -n)
case $here in
*[0-9]*-* | *-*[0-9]* | *.*.*) words="$here" ;;
*) words='no such name anywhere' ;;
esac
report "no path of somebody's machine" "$(
    grep -nE '(^|[^A-Za-z0-9_.])/(wor[k]|hom[e]|roo[t])/[a-z.]' $code $prose
    grep -nE '(^|[^A-Za-z0-9_./])share[d]/(design|tools|judge|peers|hooks)' $code $prose
    grep -nF -- "$words" $code $prose | grep -v '^\./tests/lint/source.sh:')"
