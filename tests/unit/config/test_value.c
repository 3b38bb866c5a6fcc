#include "config/value.h"

#include <string.h>

#include "config/config.h"
#include "config/conninfo.h"
#include "config/statement.h"

typedef struct {
    const char *text;
    double number; /* below 0: refused */
} Case;

/* Read each text into a lone field of this type. */
static void check_numbers(SettingType type, gsize size, double most, const Case *one, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_auto(ValueFault) fault = {0};
        union { guint count; guint64 large; double number; } field = {.large = 0};
        Setting row = {.type = type, .size = size, .least = 0, .most = most, .example = "x"};
        gboolean good = value_read(&row, one[i].text, &field, &fault);
        g_test_message("%s", one[i].text);
        g_assert_cmpint(good, ==, one[i].number >= 0);
        g_assert_cmpint(fault.wanted == NULL, ==, good);
        if (good && type != SETTING_NUMBER)
            g_assert_cmpfloat(size == sizeof(guint) ? (double)field.count : (double)field.large, ==, one[i].number);
        else if (good)
            g_assert_cmpfloat(field.number, ==, one[i].number);
    }
}

static void test_durations(void)
{
    const Case one[] = {{"0", 0}, {"30s", 30}, {"15min", 900}, {"2h", 7200}, {"1d", 86400}, {"1h30min", 5400}, {"1d2h3min4s", 93784}, {"007s", 7},
                        {"", -1}, {"15", -1}, {"15m", -1}, {"15 min", -1}, {"min", -1}, {"-5s", -1}, {"+5s", -1}, {"1.5h", -1}, {"5s1h", -1}, {"1h1h", -1},
                        {"0s", -1}, {"99999999999999999999s", -1}, {"9999999999999999999d", -1}, {"1S", -1}, {"1h ", -1}, {"1h\n", -1}};
    check_numbers(SETTING_DURATION, sizeof(guint), 1e6, one, G_N_ELEMENTS(one));
}

static void test_sizes(void)
{
    const Case one[] = {{"64MiB", 67108864}, {"1B", 1}, {"1KiB", 1024}, {"3GiB", 3221225472}, {"1TiB", 1099511627776}, {"1GiB512MiB", 1610612736},
                        {"64MB", -1}, {"64", -1}, {"64mib", -1}, {"9999999TiB", -1}};
    check_numbers(SETTING_SIZE, sizeof(guint64), 2e12, one, G_N_ELEMENTS(one));
}

static void test_counts(void)
{
    const Case one[] = {{"0", 0}, {"12", 12}, {"1000", 1000}, {"1001", -1}, {"1e2", -1}, {"0x10", -1}, {"-1", -1}, {"1 ", -1}, {"", -1}, {"1.0", -1},
                        {"18446744073709551616", -1}, {"99999999999999999999999", -1}};
    check_numbers(SETTING_COUNT, sizeof(guint), 1000, one, G_N_ELEMENTS(one));
}

static void test_numbers(void)
{
    const Case one[] = {{"0.5", 0.5}, {"1e2", 100}, {".25", 0.25}, {"+1", 1}, {"1e400", -1}, {"nan", -1}, {"inf", -1}, {"0x1p3", -1}, {"1,5", -1},
                        {"", -1}, {"-", -1}, {"1e", -1}, {"-0.5", -1}};
    check_numbers(SETTING_NUMBER, sizeof(double), 1000, one, G_N_ELEMENTS(one));
}

static void test_clocks(void)
{
    const Case one[] = {{"00:00", 0}, {"06:30", 390}, {"23:59", 1439}, {"24:00", -1}, {"6:30", -1}, {"06:60", -1}, {"0630", -1}, {"06:3x", -1}, {"06:30:00", -1}};
    check_numbers(SETTING_CLOCK, sizeof(guint), 1439, one, G_N_ELEMENTS(one));
}

static void check_texts(SettingType type, const char *const *good, const char *const *bad)
{
    Setting row = {.type = type, .size = sizeof(char *), .least = 1, .most = 100, .example = "x"};
    g_autofree char *field = NULL;
    for (; *good; good++) {
        g_auto(ValueFault) fault = {0};
        g_test_message("%s", *good);
        g_assert_true(value_read(&row, *good, &field, &fault));
        g_assert_cmpstr(field, ==, *good);
    }
    for (; *bad; bad++) {
        g_auto(ValueFault) fault = {0};
        g_autofree char *before = g_strdup(field);
        g_test_message("%s", *bad);
        g_assert_false(value_read(&row, *bad, &field, &fault));
        g_assert_cmpstr(field, ==, before); /* untouched */
    }
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_texts(void)
{
    check_texts(SETTING_ID, LIST("a", "st_mary-2", "7"), LIST("", "A", "-a", "_a", "a b", "\303\244", "a.b",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    check_texts(SETTING_CREDENTIAL, LIST("a", "Stay.Key_1-x"), LIST("", ".hidden", "..", "a/b", "a b", "p\303\244ss"));
    check_texts(SETTING_PATH, LIST("/", "/var/lib", "/a..b"), LIST("", "var", "~/x", "/a/../b", "/..", "/a\nb"));
    check_texts(SETTING_ZONE, LIST("UTC", "Europe/London", "America/Argentina/Buenos_Aires", "Etc/GMT+1"),
                LIST("", "+01:00", "Europe/", "europe/nowhere", "../../../etc/passwd", "/usr/share/zoneinfo/UTC", ":UTC", "Z1"));
    check_texts(SETTING_ADDRESS, LIST("127.0.0.1:9187", "[::1]:1", "0.0.0.0:65535"),
                LIST("127.0.0.1", ":80", "localhost:80", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "[::1]", "[]:80", "127.0.0.1:80 ", "127.0.0.1:"));
    check_texts(SETTING_TEXT, LIST("a", "St Mary's \"big\" hospital"), LIST("", "two\nlines", "bell\a", "\302\205"));
}

/* Every letter takes two bytes: what names a shift or a role is a key of at most 128 bytes in the warehouse. */
static void test_keys(void)
{
    const struct { const char *section, *name; } key[] = {{"plan.shifts[]", "name"}, {"plan.rules[]", "role"}, {"daemon", "name"}};
    g_autofree char *sixty_four = g_strdup(""), *field = NULL;
    for (int k = 0; k < 64; k++) {
        char *longer = g_strconcat(sixty_four, "\303\244", NULL);
        g_free(sixty_four);
        sixty_four = longer;
    }
    g_autofree char *one_more = g_strconcat(sixty_four, "\303\244", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(key); i++) {
        g_auto(ValueFault) fault = {0};
        Setting row = *setting_find(key[i].section, key[i].name);
        row.offset = 0;
        g_assert_true(value_read(&row, sixty_four, &field, &fault));
        g_assert_false(value_read(&row, one_more, &field, &fault));
        g_assert_nonnull(strstr(fault.wanted, "at most 128 bytes"));
    }
}

static void test_conninfo(void)
{
    const struct { const char *text; ConninfoVerdict verdict; } one[] = {
        {"dbname=x", CONNINFO_GOOD}, {"host = a  port= 5432 user ='it\\'s me' ", CONNINFO_GOOD}, {"host='' user=x", CONNINFO_GOOD},
        {"passfile=/x/y service=w", CONNINFO_GOOD}, {"options='-c password_encryption=x'", CONNINFO_GOOD}, {"user=x\\ password=y", CONNINFO_GOOD},
        {"password=x", CONNINFO_PASSWORD}, {"host=a PassWord = 'x'", CONNINFO_PASSWORD}, {"host=a sslpassword=x", CONNINFO_PASSWORD},
        {"", CONNINFO_BROKEN}, {"  ", CONNINFO_BROKEN}, {"ehr", CONNINFO_BROKEN}, {"host=a x", CONNINFO_BROKEN}, {"host='a", CONNINFO_BROKEN},
        {"=x", CONNINFO_BROKEN}, {"host='a\\'", CONNINFO_BROKEN},
        {"postgresql://", CONNINFO_GOOD}, {"postgres://me@h1:5432,h2:5433/db?sslmode=require", CONNINFO_GOOD}, {"postgresql://[::1]:5432/db", CONNINFO_GOOD},
        {"postgresql:///db?host=/run", CONNINFO_GOOD}, {"postgres://me:pw@h/db", CONNINFO_PASSWORD}, {"postgres://me:p@w@h/db", CONNINFO_PASSWORD},
        {"postgres://me:p?a=b@h/db", CONNINFO_PASSWORD},
        {"postgres://h/db?password=x", CONNINFO_PASSWORD}, {"postgres://h/db?sslmode=require&PASS%57ORD=x", CONNINFO_PASSWORD}, {"postgres://h?flag", CONNINFO_BROKEN}};
    for (gsize i = 0; i < G_N_ELEMENTS(one); i++) {
        g_test_message("%s", one[i].text);
        g_assert_cmpint(conninfo_judge(one[i].text), ==, one[i].verdict);
    }
}

static void test_statements(void)
{
    const struct { const char *text; StatementVerdict verdict; const char *kept; } one[] = {
        {"SELECT 1", STATEMENT_GOOD, "SELECT 1"},
        {"  with a as (select 1) table a ; ;\n-- end", STATEMENT_GOOD, "  with a as (select 1) table a"},
        {"(SELECT 1) UNION (SELECT 2)", STATEMENT_GOOD, "(SELECT 1) UNION (SELECT 2)"},
        {"/* a /* nested */ one */ VALUES (1);", STATEMENT_GOOD, "/* a /* nested */ one */ VALUES (1)"},
        {"SELECT 'a;b''c', \"d;e\", E'f\\';g', $$h;i$$, $q$j;$$;k$q$ -- l;m", STATEMENT_GOOD, "SELECT 'a;b''c', \"d;e\", E'f\\';g', $$h;i$$, $q$j;$$;k$q$"},
        {"SELECT a$1, '$3' FROM t WHERE b > $1 AND b <= $2", STATEMENT_GOOD, "SELECT a$1, '$3' FROM t WHERE b > $1 AND b <= $2"},
        {"SELECT '\\'; DROP TABLE x", STATEMENT_SEVERAL, NULL}, /* a backslash escapes nothing in a plain quote */
        {"SELECT 1; SELECT 2", STATEMENT_SEVERAL, NULL},
        {"", STATEMENT_EMPTY, NULL}, {"-- nothing\n /* at all */", STATEMENT_EMPTY, NULL}, {";", STATEMENT_EMPTY, NULL},
        {"DELETE FROM x", STATEMENT_VERB, NULL}, {"selection", STATEMENT_VERB, NULL}, {"SET x = 1", STATEMENT_VERB, NULL},
        {"SELECT 'a", STATEMENT_OPEN, NULL}, {"SELECT \"a", STATEMENT_OPEN, NULL}, {"SELECT $a$ b", STATEMENT_OPEN, NULL}, {"SELECT (1", STATEMENT_OPEN, NULL},
        {"SELECT 1)", STATEMENT_OPEN, NULL}, {"/* a", STATEMENT_OPEN, NULL}, {"SELECT 1 /* a", STATEMENT_OPEN, NULL}, {"SELECT E'a\\'", STATEMENT_OPEN, NULL},
        {"SELECT 1; /* a", STATEMENT_OPEN, NULL},
        {"SELECT $3", STATEMENT_PARAMETER, NULL}, {"SELECT $10", STATEMENT_PARAMETER, NULL}, {"SELECT $0", STATEMENT_PARAMETER, NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(one); i++) {
        gsize length;
        g_test_message("%s", one[i].text);
        g_assert_cmpint(statement_judge(one[i].text, &length), ==, one[i].verdict);
        if (one[i].verdict == STATEMENT_GOOD) {
            g_autofree char *kept = g_strndup(one[i].text, length);
            g_assert_cmpstr(kept, ==, one[i].kept);
        }
    }
}

/* Rows of the table themselves: defaults and examples pass, required ones have an example, keys are unique. */
static void test_table(void)
{
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < settings; i++) {
        const Setting *row = &setting[i];
        guint64 room[8] = {0};
        Setting here = *row;
        here.offset = 0;
        g_autofree char *key = setting_key(row);
        g_test_message("%s", key);
        g_assert_true(g_hash_table_add(keys, g_strdup(key)));
        g_assert_nonnull(setting_section_by_key(row->section));
        g_assert_true(setting_find(row->section, row->name) == row);
        g_assert_true(!(row->flags & SETTING_REQUIRED) == (row->standard || row->otherwise));
        g_assert_true(row->example || row->standard);
        g_assert_cmpint(row->sentence[strlen(row->sentence) - 1], ==, '.');
        g_assert_cmpint(row->type == SETTING_CHOICE, ==, row->choices != NULL);
        value_read_standard(&here, room);
        if (row->example && !(row->flags & SETTING_LIST)) {
            g_auto(ValueFault) fault = {0};
            g_assert_true(value_read(&here, row->example, room, &fault));
        }
        g_autofree char *printed = row->standard || row->example ? value_print(&here, room) : NULL;
        g_assert_nonnull(printed);
        if (row->flags & SETTING_LIST)
            g_strfreev((char **)(gsize)room[0]);
        else if (row->type < SETTING_COUNT)
            g_free((char *)(gsize)room[0]);
    }
    g_assert_null(setting_find("daemon", "sources"));
    g_assert_null(setting_section_find("daemon", "sources"));
    g_assert_cmpstr(setting_nearest("sources[]", "Intervall"), ==, "overlap");
    g_assert_cmpstr(setting_nearest("warehouse", "dead_line"), ==, "deadline");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/value/durations-want-their-units-large-ones-first", test_durations);
    g_test_add_func("/value/sizes-want-their-binary-units", test_sizes);
    g_test_add_func("/value/counts-are-digits-within-bounds", test_counts);
    g_test_add_func("/value/numbers-are-finite-and-decimal", test_numbers);
    g_test_add_func("/value/clock-times-have-two-digits-each", test_clocks);
    g_test_add_func("/value/texts-keep-to-their-letters", test_texts);
    g_test_add_func("/value/a-conninfo-holds-no-password", test_conninfo);
    g_test_add_func("/value/names-that-become-keys-fit-the-warehouse", test_keys);
    g_test_add_func("/value/a-query-is-one-select", test_statements);
    g_test_add_func("/value/every-row-of-the-table-is-sound", test_table);
    return g_test_run();
}
