#include "connectors/out/warehouse.h"

#include "tests/unit/out/house.h"

#include <string.h>

/* One observation; text cells are borrowed. */
static Observation count_at(const char *facility, int hour, double value, int recorded)
{
    Observation row = {.feed = FEED_OBSERVATIONS};
    row.cell[0].text = (char *)facility;
    row.cell[1].text = (char *)"icu";
    row.cell[2].text = (char *)"census";
    row.cell[3].text = (char *)"hour";
    row.cell[4].time = house_hour(hour);
    row.cell[5].number = value;
    row.cell[6].time = house_hour(recorded);
    return row;
}

/* Take rows as one pull of source "ward"; complaints may be NULL. */
static guint64 take(const House *house, const char *group, const Observation *row, const char *const *complaint, gsize rows)
{
    GError *error = NULL;
    guint64 stored = 0;
    Instant watermark = INSTANT_NONE;
    Feed feed = row[0].feed;
    gsize last = feed_shape[feed].columns - 1;
    gboolean ok = warehouse_take_begin(house->warehouse, "ward", group, feed, &error);
    g_assert_no_error(error);
    for (gsize r = 0; ok && r < rows; r++) {
        ok = warehouse_take(house->warehouse, &row[r], complaint ? complaint[r] : NULL, &error);
        g_assert_no_error(error);
        watermark = MAX(watermark, row[r].cell[last].time);
    }
    ok = warehouse_take_end(house->warehouse, TRUE, watermark, house_hour(99), &stored, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return stored;
}

static gboolean write_down(void *self, const char *source, const Observation *row, GError **error)
{
    (void)error;
    const FeedShape *shape = &feed_shape[row->feed];
    g_string_append(self, source);
    for (gsize c = 0; c < shape->columns; c++)
        switch (shape->column[c].type) {
        case CELL_TEXT: g_string_append_printf(self, " %s", row->cell[c].text ? row->cell[c].text : "-"); break;
        case CELL_TIME: g_string_append_printf(self, " %+" G_GINT64_FORMAT, (row->cell[c].time - house_hour(0)) / INSTANT_HOUR); break;
        case CELL_NUMBER: g_string_append_printf(self, " %.17g", row->cell[c].number); break;
        }
    g_string_append_c(self, '\n');
    return TRUE;
}

static char *read_all(const House *house, const char *group, Feed feed, Instant as_of, Instant since)
{
    GString *text = g_string_new(NULL);
    GError *error = NULL;
    gboolean ok = warehouse_read(house->warehouse, group, feed, as_of, since, write_down, text, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return g_string_free(text, FALSE);
}

static void assert_asked(const House *house, const char *sql, const char *wanted)
{
    g_autofree char *seen = cluster_ask(house->cluster, "postgres", sql);
    g_assert_cmpstr(g_strchomp(seen), ==, wanted);
}

static void test_an_overlapping_pull_doubles_nothing(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Observation row[] = {count_at("general", 0, 7, 1), count_at("general", 1, 8, 2), count_at("general", 2, 9, 3), count_at("general", 2, 9, 3)};
    g_assert_cmpuint(take(house, "north", row, NULL, 2), ==, 2);
    g_assert_cmpuint(take(house, "north", row, NULL, 4), ==, 1);
    g_assert_cmpuint(take(house, "north", row, NULL, 4), ==, 0);
    assert_asked(house, "SELECT count(*), sum(value) FROM wardcast.observation", "3|24");
    assert_asked(house, "SELECT count(*) FROM wardcast.quarantine", "0");
    assert_asked(house, "SELECT stored, quarantined FROM wardcast.watermark", "3|0");
    g_autoptr(GError) error = NULL;
    Instant watermark = 0;
    g_assert_true(warehouse_watermark(house->warehouse, "ward", FEED_OBSERVATIONS, &watermark, &error));
    g_assert_cmpint(watermark, ==, house_hour(3));
    g_assert_true(warehouse_watermark(house->warehouse, "ward", FEED_STAYS, &watermark, &error));
    g_assert_cmpint(watermark, ==, INSTANT_NONE);
}

static void test_the_watermark_never_goes_back(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Observation newer = count_at("general", 5, 7, 6), older = count_at("general", 0, 7, 1);
    take(house, "north", &newer, NULL, 1);
    take(house, "north", &older, NULL, 1);
    take(house, "north", &older, NULL, 0);
    Instant watermark = 0;
    g_autoptr(GError) error = NULL;
    g_assert_true(warehouse_watermark(house->warehouse, "ward", FEED_OBSERVATIONS, &watermark, &error));
    g_assert_cmpint(watermark, ==, house_hour(6));
}

static void test_a_correction_is_a_newer_row_and_the_past_stays_known(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Observation row[] = {count_at("general", 1, 8, 2), count_at("general", 0, 7, 1), count_at("general", 0, 5, 4), count_at("general", 0, 6.5, 9)};
    g_assert_cmpuint(take(house, "north", row, NULL, 4), ==, 4);
    g_autofree char *early = read_all(house, "north", FEED_OBSERVATIONS, house_hour(1), INSTANT_NONE);
    g_assert_cmpstr(early, ==, "ward general icu census hour +0 7 +1\n");
    g_autofree char *later = read_all(house, "north", FEED_OBSERVATIONS, house_hour(8), INSTANT_NONE);
    g_assert_cmpstr(later, ==, "ward general icu census hour +0 5 +4\nward general icu census hour +1 8 +2\n");
    g_autofree char *last = read_all(house, "north", FEED_OBSERVATIONS, house_hour(9), INSTANT_NONE);
    g_assert_cmpstr(last, ==, "ward general icu census hour +0 6.5 +9\nward general icu census hour +1 8 +2\n");
    g_autofree char *since = read_all(house, "north", FEED_OBSERVATIONS, house_hour(9), house_hour(1));
    g_assert_cmpstr(since, ==, "ward general icu census hour +1 8 +2\n");
    g_autofree char *elsewhere = read_all(house, "south", FEED_OBSERVATIONS, house_hour(9), INSTANT_NONE);
    g_assert_cmpstr(elsewhere, ==, "");
}

static void test_a_contradiction_is_set_apart_once_and_the_first_stays(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Observation first = count_at("general", 0, 7, 1), other = count_at("general", 0, 8, 1);
    Observation within[] = {count_at("general", 1, 3, 2), count_at("general", 1, 4, 2)};
    take(house, "north", &first, NULL, 1);
    g_assert_cmpuint(take(house, "north", &other, NULL, 1), ==, 0);
    g_assert_cmpuint(take(house, "north", &other, NULL, 1), ==, 0);
    g_assert_cmpuint(take(house, "north", within, NULL, 2), ==, 1);
    assert_asked(house, "SELECT value FROM wardcast.observation ORDER BY starts_at", "7\n3");
    assert_asked(house, "SELECT cells ->> 'value', reason ~ 'contradicts' FROM wardcast.quarantine ORDER BY 1", "4|t\n8|t");
    assert_asked(house, "SELECT stored, quarantined FROM wardcast.watermark", "2|2");
}

static void test_rows_complained_about_are_kept_apart_whatever_they_hold(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autofree char *endless = g_strnfill(5000, 'x');
    Observation row[] = {count_at("general", 0, 7, 1), count_at("gen\xff" "eral", 0, (double)INFINITY, 1), count_at(endless, 0, MISSING, 1), count_at(NULL, 0, -3, 1),
                         count_at("general\tA\\B\n", 0, 1, 1)};
    row[3].cell[4].time = G_MAXINT64;
    static const char *const complaint[] = {NULL, "facility is not UTF-8", "value is missing", "starts_at is out of range", "facility holds a control character"};
    g_assert_cmpuint(take(house, "north", row, complaint, 5), ==, 1);
    g_assert_cmpuint(take(house, "north", row, complaint, 5), ==, 0);
    assert_asked(house, "SELECT reason FROM wardcast.quarantine ORDER BY reason COLLATE \"C\"",
                 "facility holds a control character\nfacility is not UTF-8\nstarts_at is out of range\nvalue is missing");
    assert_asked(house, "SELECT cells ->> 'starts_at', cells ->> 'value', cells ? 'facility' FROM wardcast.quarantine WHERE reason ~ 'range'", "out of range|-3|f");
    assert_asked(house, "SELECT cells ->> 'facility' = E'general\\tA\\\\B\\n' FROM wardcast.quarantine WHERE reason ~ 'control'", "t");
    assert_asked(house, "SELECT length(cells ->> 'facility') FROM wardcast.quarantine WHERE reason ~ 'missing'", "128");
    assert_asked(house, "SELECT stored, quarantined FROM wardcast.watermark", "1|4");
}

static void test_a_facility_stays_in_its_group(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    Observation mine = count_at("general", 0, 7, 1), mixed[] = {count_at("general", 1, 8, 2), count_at("children", 1, 4, 2)};
    take(house, "north", &mine, NULL, 1);
    g_assert_cmpuint(take(house, "south", mixed, NULL, 2), ==, 1);
    assert_asked(house, "SELECT facility_id, group_id FROM wardcast.facility ORDER BY 1", "children|south\ngeneral|north");
    assert_asked(house, "SELECT group_id, reason ~ 'belongs to group north' FROM wardcast.quarantine", "south|t");
}

static void test_a_pull_given_up_leaves_nothing(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    Observation row = count_at("general", 0, 7, 1);
    g_assert_true(warehouse_take_begin(house->warehouse, "ward", "north", FEED_OBSERVATIONS, &error));
    g_assert_true(warehouse_take(house->warehouse, &row, NULL, &error));
    g_assert_true(warehouse_take_end(house->warehouse, FALSE, house_hour(1), house_hour(2), NULL, &error));
    assert_asked(house, "SELECT (SELECT count(*) FROM wardcast.observation) + (SELECT count(*) FROM wardcast.watermark) + (SELECT count(*) FROM wardcast.facility)", "0");
    g_assert_cmpuint(take(house, "north", &row, NULL, 1), ==, 1);
}

static void test_one_impossible_row_refuses_the_whole_pull_by_name(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    Observation row[] = {count_at("general", 0, 7, 1), count_at("general", 1, -7, 1)};
    g_assert_true(warehouse_take_begin(house->warehouse, "ward", "north", FEED_OBSERVATIONS, &error));
    g_assert_true(warehouse_take(house->warehouse, &row[0], NULL, &error));
    g_assert_true(warehouse_take(house->warehouse, &row[1], NULL, &error));
    g_assert_false(warehouse_take_end(house->warehouse, TRUE, house_hour(1), house_hour(2), NULL, &error));
    g_assert_error(error, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED);
    g_assert_nonnull(strstr(error->message, "count_is_from_0_to_1000000"));
    assert_asked(house, "SELECT (SELECT count(*) FROM wardcast.observation) + (SELECT count(*) FROM wardcast.watermark)", "0");
}

/* A row for any feed: texts "a0", "a1" ..., times by the hour, numbers 10.5, 11.5 ... */
static Observation any_row(Feed feed, int recorded)
{
    static const char *const text[] = {"a0", "a1", "a2", "a3", "a4"};
    Observation row = {.feed = feed};
    const FeedShape *shape = &feed_shape[feed];
    for (gsize c = 0; c < shape->columns; c++)
        switch (shape->column[c].type) {
        case CELL_TEXT:
            row.cell[c].text = (char *)(g_str_equal(shape->column[c].name, "event") ? "enter" : g_str_equal(shape->column[c].name, "grain") ? "day" : text[c]);
            break;
        case CELL_TIME: row.cell[c].time = house_hour((int)c); break;
        case CELL_NUMBER: row.cell[c].number = 10.5 + (double)c; break;
        }
    row.cell[shape->columns - 1].time = house_hour(recorded);
    return row;
}

static void test_every_feed_comes_back_as_it_went_in(void)
{
    static const char *const wanted[FEEDS] = {
        [FEED_UNITS] = "ward a0 a1 a2 a3 14.5 nan +50\n", [FEED_OBSERVATIONS] = "ward a0 a1 a2 day +4 15.5 +50\n", [FEED_STAYS] = "ward a0 a1 a2 enter +4 +50\n",
        [FEED_ROSTER] = "ward a0 a1 a2 +3 +4 15.5 +50\n", [FEED_BEDS] = "ward a0 a1 +2 13.5 14.5 nan +50\n", [FEED_ELECTIVES] = "ward a0 a1 +2 13.5 +50\n",
        [FEED_EVENTS] = "ward a0 a1 +2 +3 - +50\n",
    };
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    for (Feed feed = 0; feed < FEEDS; feed++) {
        Observation row = any_row(feed, 50), conflict;
        gsize optional = feed_shape[feed].columns - 2; /* the cell before recorded_at */
        if (!feed_shape[feed].column[optional].required) {
            if (feed_shape[feed].column[optional].type == CELL_TEXT)
                row.cell[optional].text = NULL;
            else
                row.cell[optional].number = MISSING;
        }
        g_assert_cmpuint(take(house, "north", &row, NULL, 1), ==, 1);
        g_assert_cmpuint(take(house, "north", &row, NULL, 1), ==, 0);
        conflict = row;
        if (!feed_shape[feed].column[optional].key) {
            if (feed_shape[feed].column[optional].type == CELL_TEXT)
                conflict.cell[optional].text = (char *)"otherwise";
            else
                conflict.cell[optional].number = 1;
            g_assert_cmpuint(take(house, "north", &conflict, NULL, 1), ==, 0);
            g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM wardcast.quarantine WHERE feed = '%s'", feed_shape[feed].name);
            assert_asked(house, sql, "1");
        }
        g_autofree char *seen = read_all(house, "north", feed, house_hour(60), INSTANT_NONE);
        g_assert_cmpstr(seen, ==, wanted[feed]);
        g_autofree char *none = read_all(house, "north", feed, house_hour(49), INSTANT_NONE);
        g_assert_cmpstr(none, ==, "");
        g_autofree char *later = read_all(house, "north", feed, house_hour(60), house_hour(5));
        g_assert_cmpstr(later, ==, feed == FEED_UNITS ? wanted[feed] : "");
    }
}

static void test_years_get_partitions_and_strays_are_moved_there(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    cluster_sql(house->cluster, "postgres", "INSERT INTO wardcast.observation VALUES ('general', 'icu', 'census', 'hour', '2027-05-01', 3, '2027-05-01', 's')");
    Observation row[] = {count_at("general", 0, 7, 1), count_at("general", 24 * 330, 8, 2), count_at("general", -24 * 365 * 6, 8, 2)};
    g_assert_cmpuint(take(house, "north", row, NULL, 3), ==, 3);
    assert_asked(house, "SELECT tableoid::regclass, count(*) FROM wardcast.observation GROUP BY 1 ORDER BY min(starts_at)",
                 "wardcast.observation_2020|1\nwardcast.observation_2026|1\nwardcast.observation_2027|2");
    assert_asked(house, "SELECT count(*) FROM wardcast.observation_default", "0");
}

static void test_freshness_tells_age_failures_and_recovery(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL;
    Observation row[] = {count_at("general", 0, 7, 1), count_at("general", 1, 7, 5)};
    g_assert_true(warehouse_note_failure(house->warehouse, "ward", "north", FEED_STAYS, "refused", house_hour(8), &error));
    g_assert_true(warehouse_note_failure(house->warehouse, "ward", "north", FEED_OBSERVATIONS, "refused", house_hour(8), &error));
    take(house, "north", row, NULL, 2);
    g_assert_true(warehouse_note_failure(house->warehouse, "ward", "north", FEED_STAYS, "still refused", house_hour(9), &error));
    g_autoptr(GArray) all = warehouse_freshness(house->warehouse, "north", house_hour(4), &error);
    g_assert_no_error(error);
    g_assert_cmpuint(all->len, ==, 2);
    const SourceFreshness *counts = &g_array_index(all, SourceFreshness, 0), *stays = &g_array_index(all, SourceFreshness, 1);
    g_assert_cmpint(counts->feed, ==, FEED_OBSERVATIONS);
    g_assert_cmpint(counts->newest_fact, ==, house_hour(1));
    g_assert_cmpint(counts->pulled_at, ==, house_hour(99));
    g_assert_cmpuint(counts->rows, ==, 2);
    g_assert_cmpuint(counts->failures, ==, 0);
    g_assert_cmpstr(counts->message, ==, NULL);
    g_assert_cmpint(stays->feed, ==, FEED_STAYS);
    g_assert_cmpint(stays->newest_fact, ==, INSTANT_NONE);
    g_assert_cmpint(stays->pulled_at, ==, INSTANT_NONE);
    g_assert_cmpuint(stays->failures, ==, 2);
    g_assert_cmpstr(stays->message, ==, "still refused");
    assert_asked(house, "SELECT source, feed, failures, message FROM wardcast.source_freshness ORDER BY 2", "ward|observations|0|\nward|stays|2|still refused");
}

static void test_numbers_and_times_come_back_to_the_last_bit(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    enum { ROWS = 500 };
    Observation row[ROWS];
    GString *wanted = g_string_new(NULL);
    for (int r = 0; r < ROWS; r++) {
        row[r] = count_at("general", r, g_test_rand_double_range(0, 1e6), r);
        write_down(wanted, "ward", &row[r], NULL);
    }
    g_assert_cmpuint(take(house, "north", row, NULL, ROWS), ==, ROWS);
    g_autofree char *seen = read_all(house, "north", FEED_OBSERVATIONS, house_hour(ROWS), INSTANT_NONE), *text = g_string_free(wanted, FALSE);
    g_assert_cmpstr(seen, ==, text);
}

static void test_a_group_is_described_and_described_anew(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) error = NULL, wrong = NULL;
    g_assert_true(warehouse_describe_group(house->warehouse, "north", "North", "Europe/Madrid", "ES", NULL, &error));
    g_assert_true(warehouse_describe_group(house->warehouse, "north", "The North", "America/Chicago", "US", "sample", &error));
    g_assert_no_error(error);
    assert_asked(house, "SELECT * FROM wardcast.facility_group", "north|The North|America/Chicago|US|sample");
    g_assert_false(warehouse_describe_group(house->warehouse, "north", "North", "Europe/Atlantis", "ES", NULL, &wrong));
    g_assert_error(wrong, WAREHOUSE_ERROR, WAREHOUSE_ERROR_REFUSED);
    char hash[65];
    memset(hash, 'e', 64);
    hash[64] = '\0';
    g_assert_true(warehouse_note_model(house->warehouse, "south", hash, house_hour(0), "two networks", &error));
    g_assert_true(warehouse_note_model(house->warehouse, "south", hash, house_hour(0), "two networks", &error));
    assert_asked(house, "SELECT group_id, card FROM wardcast.model", "south|two networks");
}

static void test_a_restarted_server_is_found_again(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    g_autoptr(GError) down = NULL;
    Observation row = count_at("general", 0, 7, 1);
    Instant watermark;
    cluster_stop(house->cluster);
    g_assert_false(warehouse_watermark(house->warehouse, "ward", FEED_OBSERVATIONS, &watermark, &down));
    g_assert_error(down, WAREHOUSE_ERROR, WAREHOUSE_ERROR_DOWN);
    cluster_start(house->cluster);
    g_assert_cmpuint(take(house, "north", &row, NULL, 1), ==, 1);
    cluster_kill9(house->cluster);
    cluster_start(house->cluster);
    g_assert_cmpuint(take(house, "north", &row, NULL, 1), ==, 0);
    cluster_kill9(house->cluster);
    cluster_start(house->cluster);
    g_autofree char *seen = read_all(house, "north", FEED_OBSERVATIONS, house_hour(9), INSTANT_NONE);
    g_assert_cmpstr(seen, ==, "ward general icu census hour +0 7 +1\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/out/warehouse/an-overlapping-pull-doubles-nothing", test_an_overlapping_pull_doubles_nothing);
    g_test_add_func("/out/warehouse/the-watermark-never-goes-back", test_the_watermark_never_goes_back);
    g_test_add_func("/out/warehouse/a-correction-is-a-newer-row-and-the-past-stays-known", test_a_correction_is_a_newer_row_and_the_past_stays_known);
    g_test_add_func("/out/warehouse/a-contradiction-is-set-apart-once-and-the-first-stays", test_a_contradiction_is_set_apart_once_and_the_first_stays);
    g_test_add_func("/out/warehouse/rows-complained-about-are-kept-apart-whatever-they-hold", test_rows_complained_about_are_kept_apart_whatever_they_hold);
    g_test_add_func("/out/warehouse/a-facility-stays-in-its-group", test_a_facility_stays_in_its_group);
    g_test_add_func("/out/warehouse/a-pull-given-up-leaves-nothing", test_a_pull_given_up_leaves_nothing);
    g_test_add_func("/out/warehouse/one-impossible-row-refuses-the-whole-pull-by-name", test_one_impossible_row_refuses_the_whole_pull_by_name);
    g_test_add_func("/out/warehouse/every-feed-comes-back-as-it-went-in", test_every_feed_comes_back_as_it_went_in);
    g_test_add_func("/out/warehouse/years-get-partitions-and-strays-are-moved-there", test_years_get_partitions_and_strays_are_moved_there);
    g_test_add_func("/out/warehouse/freshness-tells-age-failures-and-recovery", test_freshness_tells_age_failures_and_recovery);
    g_test_add_func("/out/warehouse/numbers-and-times-come-back-to-the-last-bit", test_numbers_and_times_come_back_to_the_last_bit);
    g_test_add_func("/out/warehouse/a-group-is-described-and-described-anew", test_a_group_is_described_and_described_anew);
    g_test_add_func("/out/warehouse/a-restarted-server-is-found-again", test_a_restarted_server_is_found_again);
    return g_test_run();
}
