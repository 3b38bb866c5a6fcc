# embed.awk -- turn SQL files into C strings, so that program and SQL cannot drift.
#
#   awk -v want=h|c -f embed.awk FILE...
#
# statements/NAME.sql becomes `const char sql_NAME[]`; migrations/NNNN_name.sql
# a row of sql_migration[].  Lines keep their text, byte for byte.
function quoted(line) { gsub(/\\/, "\\\\&", line); gsub(/"/, "\\\\&", line); return "    \"" line "\\n\"\n" }
FNR == 1 {
    files++
    stem = FILENAME; sub(/^.*\//, "", stem); sub(/\.sql$/, "", stem)
    name[files] = stem
    migration[files] = FILENAME ~ /\/migrations\//
}
{ text[files] = text[files] quoted($0) }
END {
    print "/* Made by sql/embed.awk from the files of sql/. */"
    if (want == "h") {
        print "#pragma once\n#include <glib.h>\n"
        print "typedef struct {\n    int version;\n    const char *name, *text;\n} SqlMigration;\n"
        print "/* The migrations in order; the last one's version is this program's. */"
        print "extern const SqlMigration sql_migration[];\nextern const gsize sql_migrations;\n"
        for (f = 1; f <= files; f++) if (!migration[f]) print "extern const char sql_" name[f] "[];"
        exit
    }
    print "#include \"sql/statements.h\"\n"
    for (f = 1; f <= files; f++) if (!migration[f]) printf "const char sql_%s[] =\n%s    ;\n\n", name[f], text[f]
    print "const SqlMigration sql_migration[] = {"
    for (f = 1; f <= files; f++) if (migration[f]) {
        rows++
        printf "    {%d, \"%s\",\n%s    },\n", substr(name[f], 1, 4) + 0, name[f], text[f]
    }
    print "};\nconst gsize sql_migrations = " rows ";"
}
