#!/bin/sh
# rooms.sh -- each room includes only the rooms it may know, and each library's header stays in the file that wraps it.
cd "$top_srcdir" || exit 99
echo 1..4
number=0

report() { # report SENTENCE COMPLAINTS
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "not ok $number - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

# Room, and what it may include besides itself (and the generated config/build.h), as one regular expression.
may_include() {
    cat <<'END'
config              (daemon|connectors/in|connectors/out|forecast/plan)/settings\.h|forecast/series/(calendar|observation)\.h
connectors/wire     nothing
connectors/in       connectors/wire/.*|forecast/series/.*
connectors/out      connectors/wire/.*|forecast/series/.*|forecast/model/outlook\.h|forecast/plan/.*|sql/statements\.h
forecast/series     nothing
forecast/kernel     nothing
forecast/model      forecast/kernel/.*|forecast/series/.*
forecast/judge      forecast/series/.*|forecast/model/outlook\.h
forecast/plan       forecast/series/.*|forecast/model/outlook\.h
daemon              .*
END
}

# Header, and the files that wrap its library.
may_wrap() {
    cat <<'END'
libpq.*|postgres.*          connectors/wire/pg\.c
csv\.h                      connectors/wire/csv\.c
curl/.*                     connectors/wire/http\.c
yaml\.h                     config/.*
glpk\.h                     forecast/plan/allocation\.c
cairo.*|pango.*             daemon/report/(canvas\.[ch]|chart\.c)
libxml/.*                   daemon/report/.*
microhttpd\.h               daemon/http\.c
systemd/.*                  daemon/(notify|log)\.c
cblas\.h|openblas.*         forecast/(kernel|model)/.*
lapacke.*                   forecast/model/.*
gsl/gsl_c?blas\.h           nothing
gsl/.*                      forecast/.*
END
}

sources=$(find config connectors daemon forecast \( -name '*.c' -o -name '*.h' \) ! -path config/build.h)

# Lines "FILE INCLUDED" of the quoted includes.
quoted=$(grep -HoE '^#include "[^"]+"' $sources | sed 's/:#include "/ /;s/"$//')

report "includes name their room" "$(echo "$quoted" | "$AWK" '$2 !~ /\// {print $1 " includes " $2 ", wanted it with its room"}' || echo "awk failed")"

report "a room includes only the rooms it may know" "$( (may_include; echo --; echo "$quoted") | "$AWK" '
    $1 == "--" {reading = 1; next}
    !reading {room[++rooms] = $1; allowed[$1] = $2; next}
    {
        own = ""
        for (i = 1; i <= rooms; i++)
            if (index($1, room[i] "/") == 1 && length(room[i]) > length(own)) own = room[i]
        if (own == "") {print $1 " is in no room of the table"; next}
        if (index($2, own "/") == 1 || $2 == "config/build.h") next
        if ($2 !~ "^(" allowed[own] ")$") print $1 " includes " $2 ", wanted only " allowed[own]
    }' || echo "awk failed")"

report "a library is included only where it is wrapped" "$( (may_wrap; echo --; grep -HoE '^#include <[^>]+>' $sources | sed 's/:#include </ /;s/>$//') | "$AWK" '
    $1 == "--" {reading = 1; next}
    !reading {header[++headers] = $1; wrapper[headers] = $2; next}
    {
        for (i = 1; i <= headers; i++)
            if ($2 ~ "^(" header[i] ")$") {
                if ($1 !~ "^(" wrapper[i] ")$") print $1 " includes <" $2 ">, wanted only in " wrapper[i]
                break
            }
    }' || echo "awk failed")"

# What the table says must be seen at work, or the lint could sleep for ever.
[ "$(echo "$quoted" | grep -c .)" -gt 100 ] || few="only $(echo "$quoted" | grep -c .) includes found"
report "the includes were found" "${few:-}"
