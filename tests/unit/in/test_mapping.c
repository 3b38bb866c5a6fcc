#include "connectors/in/mapping.h"

#include <string.h>

static const guint8 key[32] = "0123456789abcdef0123456789abcde";

static const MappingColumn stays[] = {
    {"recorded_at", "timestamp with time zone", MAPPING_TIME}, {"ward_name", "text", MAPPING_TEXT}, {"unit", "character", MAPPING_TEXT | MAPPING_PADDED},
    {"facility", "text", MAPPING_TEXT}, {"event", "text", MAPPING_TEXT}, {"effective_at", "timestamp with time zone", MAPPING_TIME},
    {"stay", "bigint", MAPPING_TEXT | MAPPING_NUMBER},
};
static const MappingColumn beds[] = {
    {"facility", "text", MAPPING_TEXT}, {"unit", "text", MAPPING_TEXT}, {"effective_at", "timestamp with time zone", MAPPING_TIME},
    {"staffed", "integer", MAPPING_TEXT | MAPPING_NUMBER}, {"blocked", "numeric", MAPPING_NUMBER}, {"recorded_at", "timestamp with time zone", MAPPING_TIME},
};

static void columns_are_matched_by_name_in_any_order(void)
{
    const char *cell[] = {"2026-11-23 05:00:00+00", "Ward Seven", "icu  ", "north", "enter", "2026-11-23 06:30:00+02", "4711"};
    g_autoptr(GError) error = NULL;
    g_autoptr(Mapping) mapping = mapping_new(FEED_STAYS, stays, G_N_ELEMENTS(stays), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(mapping_found(mapping), ==, 6);
    g_assert_cmpstr(mapping_ignored(mapping), ==, "ward_name");
    Observation row;
    g_autofree char *complaint = mapping_row(mapping, cell, key, &row);
    g_assert_null(complaint);
    g_assert_cmpint(row.feed, ==, FEED_STAYS);
    g_assert_cmpstr(row.cell[0].text, ==, "north");
    g_assert_cmpstr(row.cell[1].text, ==, "icu");
    /* Python: hmac.new(key, b"4711", sha256).hexdigest()[:32], the key ending in a zero byte. */
    g_assert_cmpstr(row.cell[2].text, ==, "e63fc287b2b4f7acd0e24cdc09fb5959");
    g_assert_cmpstr(row.cell[3].text, ==, "enter");
    g_assert_cmpint(row.cell[4].time, ==, G_GINT64_CONSTANT(1795408200000000));
    g_assert_cmpint(row.cell[5].time, ==, G_GINT64_CONSTANT(1795410000000000));
    observation_clear(&row);
}

static void a_missing_column_is_named_with_the_nearest_and_the_feeds_own(void)
{
    MappingColumn renamed[G_N_ELEMENTS(beds)];
    memcpy(renamed, beds, sizeof beds);
    renamed[3].name = "staffed_beds";
    g_autoptr(GError) error = NULL;
    g_assert_null(mapping_new(FEED_BEDS, renamed, G_N_ELEMENTS(renamed), &error));
    g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED);
    g_assert_cmpstr(error->message, ==, "column staffed is missing, the nearest seen is staffed_beds; "
                    "the columns of feed beds are facility, unit, effective_at, staffed, blocked (optional), reserved (optional), recorded_at");
    g_autoptr(GError) nothing = NULL;
    g_assert_null(mapping_new(FEED_BEDS, NULL, 0, &nothing));
    g_assert_error(nothing, SOURCE_ERROR, SOURCE_ERROR_CHANGED);
}

static void a_type_that_cannot_be_read_is_refused(void)
{
    static const struct { gsize column; const char *type; guint fits; const char *words; } table[] = {
        {2, "timestamp without time zone", MAPPING_LOCAL_TIME, "AT TIME ZONE"}, {5, "date", MAPPING_LOCAL_TIME, "(recorded_at::timestamp AT TIME ZONE"},
        {3, "text", MAPPING_TEXT, "wanted a number"}, {0, "bytea", 0, "wanted text"}, {2, "text", MAPPING_TEXT, "wanted timestamp with time zone"},
        {3, "timestamp with time zone", MAPPING_TIME, "wanted a number"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        MappingColumn other[G_N_ELEMENTS(beds)];
        memcpy(other, beds, sizeof beds);
        other[table[i].column].type = table[i].type;
        other[table[i].column].fits = table[i].fits;
        g_autoptr(GError) error = NULL;
        g_assert_null(mapping_new(FEED_BEDS, other, G_N_ELEMENTS(other), &error));
        g_assert_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED);
        g_assert_nonnull(strstr(error->message, table[i].words));
    }
    MappingColumn twice[G_N_ELEMENTS(beds)];
    memcpy(twice, beds, sizeof beds);
    twice[4].name = "unit";
    g_autoptr(GError) error = NULL;
    g_assert_null(mapping_new(FEED_BEDS, twice, G_N_ELEMENTS(twice), &error));
    g_assert_nonnull(strstr(error->message, "unit comes twice"));
}

static void an_unreadable_cell_is_a_complaint_and_never_a_guess(void)
{
    static const struct { gsize column; const char *text, *words; } table[] = {
        {3, "NaN", "staffed is not a finite number"}, {3, "Infinity", "staffed is not"}, {3, "-Infinity", "staffed is not"}, {3, "", "staffed is not"},
        {3, "12 ", "staffed is not"}, {3, "0x1F", "staffed is not"}, {3, "1e999", "staffed is not"}, {3, "1-2", "staffed is not"}, {4, "NaN", "blocked is not"},
        {2, "infinity", "effective_at is no instant"}, {2, "0044-03-15 00:00:00+00 BC", "effective_at is no"}, {2, "294276-01-01 00:00:00+00", "effective_at is no"},
        {5, "2026-11-23 05:00:00", "recorded_at is no instant"},
    };
    g_autoptr(Mapping) mapping = mapping_new(FEED_BEDS, beds, G_N_ELEMENTS(beds), NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        const char *cell[] = {"north", "icu", "2026-11-23 05:00:00+00", "12", "0", "2026-11-23 05:00:00+00"};
        cell[table[i].column] = table[i].text;
        Observation row;
        g_autofree char *complaint = mapping_row(mapping, cell, key, &row);
        g_assert_nonnull(complaint);
        g_assert_nonnull(strstr(complaint, table[i].words));
        g_assert_cmpstr(row.cell[0].text, ==, "north");
        g_assert_true(table[i].column == 3 ? isnan(row.cell[3].number) : row.cell[3].number == 12);
        g_assert_true(table[i].column == 2 ? row.cell[2].time == INSTANT_NONE : row.cell[2].time == G_GINT64_CONSTANT(1795410000000000));
        observation_clear(&row);
    }
}

static void null_is_missing_and_minus_zero_is_zero(void)
{
    const char *cell[] = {"north", NULL, NULL, "-0", NULL, "2026-11-23 05:00:00+00"};
    g_autoptr(Mapping) mapping = mapping_new(FEED_BEDS, beds, G_N_ELEMENTS(beds), NULL);
    Observation row;
    g_autofree char *complaint = mapping_row(mapping, cell, key, &row);
    g_assert_null(complaint);
    g_assert_null(row.cell[1].text);
    g_assert_cmpint(row.cell[2].time, ==, INSTANT_NONE);
    g_assert_true(row.cell[3].number == 0 && !signbit(row.cell[3].number));
    g_assert_true(isnan(row.cell[4].number) && isnan(row.cell[5].number));
    observation_clear(&row);
}

static void a_change_is_told_with_the_old_and_the_new_type(void)
{
    MappingColumn later[G_N_ELEMENTS(beds)];
    memcpy(later, beds, sizeof beds);
    g_autoptr(Mapping) before = mapping_new(FEED_BEDS, beds, G_N_ELEMENTS(beds), NULL);
    g_autoptr(Mapping) same = mapping_new(FEED_BEDS, later, G_N_ELEMENTS(later), NULL);
    g_assert_null(mapping_change(before, same));
    later[3].type = "numeric";
    g_autoptr(Mapping) typed = mapping_new(FEED_BEDS, later, G_N_ELEMENTS(later), NULL);
    g_autofree char *type = mapping_change(before, typed);
    g_assert_cmpstr(type, ==, "column staffed was integer and is numeric");
    later[3].type = "integer";
    later[4].name = "blocked_beds";
    g_autoptr(Mapping) dropped = mapping_new(FEED_BEDS, later, G_N_ELEMENTS(later), NULL);
    g_autofree char *gone = mapping_change(before, dropped);
    g_assert_cmpstr(gone, ==, "column blocked was numeric and is gone");
    g_assert_null(mapping_change(dropped, before));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/in/mapping/columns-are-matched-by-name-in-any-order", columns_are_matched_by_name_in_any_order);
    g_test_add_func("/in/mapping/a-missing-column-is-named-with-the-nearest-and-the-feeds-own", a_missing_column_is_named_with_the_nearest_and_the_feeds_own);
    g_test_add_func("/in/mapping/a-type-that-cannot-be-read-is-refused", a_type_that_cannot_be_read_is_refused);
    g_test_add_func("/in/mapping/an-unreadable-cell-is-a-complaint-and-never-a-guess", an_unreadable_cell_is_a_complaint_and_never_a_guess);
    g_test_add_func("/in/mapping/null-is-missing-and-minus-zero-is-zero", null_is_missing_and_minus_zero_is_zero);
    g_test_add_func("/in/mapping/a-change-is-told-with-the-old-and-the-new-type", a_change_is_told_with_the_old_and_the_new_type);
    return g_test_run();
}
