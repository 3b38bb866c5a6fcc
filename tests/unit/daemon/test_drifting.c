#include "daemon/drifting.h"

#include "tests/harness/folder.h"
#include "tests/unit/out/house.h"

#include <glib/gstdio.h>
#include <string.h>

enum { DAYS = 48, CHANGE = 40 };

/* A run every morning and one at noon, which tells the same scores worse; the
 * icu's level shifts on the 40th day, med stays as forecast. */
static void publish_days(const House *house, int days, int change)
{
    for (int d = 0; d < days; d++)
        for (int noon = 0; noon < 2; noon++) {
            g_autoptr(RunRecord) record = house_record("north", house_hour(24 * d + 6 * noon), 2, 1, 1);
            for (gsize u = 0; u < 2; u++) {
                ScoreRow *score = (ScoreRow *)&record->score[u];
                score->expected = score->pinball;
                score->coverage80 = 0.8;
                score->first_score = noon || (u == 0 && d >= change) ? 2 : 0;
                score->last_pit = MISSING;
                score->sound = TRUE;
            }
            house_publish(house, record);
        }
}

/* A run every Monday and Thursday for more than a year, which score the week before;
 * the icu's level shifts in the 40th week. */
static void publish_weeks(const House *house, int weeks, int change)
{
    for (int w = 0; w < weeks; w++)
        for (int thursday = 0; thursday < 2; thursday++) {
            /* 2026-03-02, a Monday */
            Instant slot = house_hour(24 + 7 * 24 * w + 72 * thursday);
            g_autoptr(RunRecord) record = house_record("north", slot, 1, 1, 1);
            ScoreRow *score = (ScoreRow *)record->score;
            score->grain = GRAIN_WEEK;
            score->from = score->until = house_hour(24 + 7 * 24 * (w - 1) - 7);
            score->n = 1;
            score->expected = score->pinball;
            score->coverage80 = 0.8;
            score->first_score = w >= change ? 2 : 0;
            score->last_pit = MISSING;
            score->sound = TRUE;
            house_publish(house, record);
        }
}

static void add_series_of(Snapshot *snapshot, const char *unit, Grain grain)
{
    SnapshotSeries *series = g_new0(SnapshotSeries, 1);
    g_autofree char *id = g_strdup_printf("general/%s/census", unit);
    series->facility = "general";
    series->unit = unit;
    series->measure = "census";
    series->series = series_new(id, grain, 0, 1);
    g_ptr_array_add(snapshot->series, series);
}

static Drifting *judge(const House *house, const char *model_hash)
{
    const GroupSettings group = {.id = (char *)"north"};
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, &error);
    g_assert_no_error(error);
    Snapshot snapshot = {.group = &group, .calendar = calendar, .series = g_ptr_array_new()};
    add_series_of(&snapshot, "icu", GRAIN_HOUR);
    add_series_of(&snapshot, "med", GRAIN_HOUR);
    ScoreRow today = {.facility = "general", .unit = "icu", .measure = "census", .grain = GRAIN_HOUR, .n = 24, .pinball = 1, .expected = 1,
                      .coverage80 = 0.8, .first_score = 0, .last_pit = MISSING, .sound = TRUE};
    Scoring scoring = {.rows = g_array_new(FALSE, TRUE, sizeof(ScoreRow))};
    g_array_append_val(scoring.rows, today);
    Drifting *drifting = drifting_new(house->warehouse, &snapshot, &scoring, house_hour(24 * DAYS), model_hash, &error);
    g_assert_no_error(error);
    for (guint s = 0; s < snapshot.series->len; s++) {
        SnapshotSeries *series = g_ptr_array_index(snapshot.series, s);
        series_free(series->series);
        g_free(series);
    }
    g_ptr_array_unref(snapshot.series);
    g_array_unref(scoring.rows);
    return drifting;
}

static void test_diary(void)
{
    g_autoptr(House) house = house_new();
    if (house == NULL)
        return;
    publish_days(house, DAYS, CHANGE);
    g_autoptr(Drifting) drifting = judge(house, "none");
    g_assert_cmpuint(drifting->judged, ==, 2);
    g_assert_cmpuint(drifting->alarms, ==, 1);
    g_assert_cmpuint(drifting->series->len, ==, 1);
    g_assert_cmpstr(g_ptr_array_index(drifting->sentences, 0), ==,
                    "icu census: what came has been above the forecasts since about 2026-04-10: the level has shifted; the classical members follow by themselves");
    g_assert_false(drifting_wants(drifting)); /* a first shift of level: every cycle refits */
    g_autoptr(Drifting) after = judge(house, "a new model");
    g_assert_cmpuint(after->alarms, ==, 0);
    g_assert_nonnull(strstr(g_ptr_array_index(after->sentences, 0), "another model forecasts since"));
}

static void test_weeks(void)
{
    enum { WEEKS = 50, SHIFTED = 40 };
    const GroupSettings group = {.id = (char *)"north"};
    g_autoptr(House) house = house_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Calendar) calendar = calendar_new("Europe/Madrid", NULL, &error);
    g_assert_no_error(error);
    if (house == NULL)
        return;
    publish_weeks(house, WEEKS, SHIFTED);
    Snapshot snapshot = {.group = &group, .calendar = calendar, .series = g_ptr_array_new()};
    add_series_of(&snapshot, "icu", GRAIN_WEEK);
    Scoring none = {.rows = g_array_new(FALSE, TRUE, sizeof(ScoreRow))};
    g_autoptr(Drifting) drifting = drifting_new(house->warehouse, &snapshot, &none, house_hour(24 + 7 * 24 * WEEKS), "none", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(drifting->judged, ==, 1);
    g_assert_cmpuint(drifting->alarms, ==, 1);
    /* The 40th week began on 2026-03-02 + 39 weeks. */
    g_assert_cmpstr(g_ptr_array_index(drifting->sentences, 0), ==,
                    "icu census: what came has been above the forecasts since about 2026-11-30: the level has shifted; the classical members follow by themselves");
    SnapshotSeries *series = g_ptr_array_index(snapshot.series, 0);
    series_free(series->series);
    g_free(series);
    g_ptr_array_unref(snapshot.series);
    g_array_unref(none.rows);
}

static void test_wish(void)
{
    g_autofree char *folder = g_dir_make_tmp("drifting-XXXXXX", NULL);
    const Config config = {.daemon.state_dir = folder};
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) sentences = g_ptr_array_new();
    g_ptr_array_add(sentences, (gpointer) "icu census: the 80 % band held 50 %");
    Drifting drifting = {.sentences = sentences, .judged = 21, .alarms = 2, .wishes = 2};
    g_assert_false(drifting_wants(&drifting));
    drifting.wishes = 3;
    g_assert_true(drifting_wants(&drifting));
    g_autofree char *path = drifting_wish(&config, "north");
    for (int k = 0; k < 2; k++)
        g_assert_true(drifting_ask(&config, "north", &drifting, &error));
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "icu census: the 80 % band held 50 %\n");
    g_autofree char *place = g_build_filename("models", "north", "train.wanted", NULL);
    g_assert_true(g_str_has_suffix(path, place)); /* where wardcast-train.path looks */
    folder_remove(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/drifting/scores-of-many-runs-make-a-diary-of-days", test_diary);
    g_test_add_func("/daemon/drifting/weeks-have-a-diary-of-weeks", test_weeks);
    g_test_add_func("/daemon/drifting/one-series-in-ten-asks-for-a-training", test_wish);
    return g_test_run();
}
