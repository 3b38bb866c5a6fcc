#include "daemon/freshness.h"

/* Two feeds of one source and one of another, as of hour 100: stale after 6 h, withheld after 2 days. */
typedef struct {
    Snapshot snapshot;
    SourceSettings settings[2];
    GPtrArray *sources;
} World;

static void world_fill(World *world, Instant stays_h, Instant beds_h)
{
    *world = (World){.snapshot = {.as_of = 100 * INSTANT_HOUR, .freshness = g_array_new(FALSE, TRUE, sizeof(SourceFreshness))}, .sources = g_ptr_array_new()};
    const SourceFreshness row[] = {
        {.source = (char *)"pas", .feed = FEED_STAYS, .newest_fact = stays_h * INSTANT_HOUR},
        {.source = (char *)"pas", .feed = FEED_BEDS, .newest_fact = beds_h * INSTANT_HOUR},
        {.source = (char *)"lab", .feed = FEED_STAYS, .newest_fact = INSTANT_NONE},
    };
    g_array_append_vals(world->snapshot.freshness, row, G_N_ELEMENTS(row));
    for (gsize s = 0; s < G_N_ELEMENTS(world->settings); s++) {
        world->settings[s] = (SourceSettings){.name = s == 0 ? (char *)"pas" : (char *)"lab", .stale_s = 6 * 3600, .withhold_s = 48 * 3600};
        g_ptr_array_add(world->sources, &world->settings[s]);
    }
    world->snapshot.watermark = freshness_watermark(&world->snapshot);
}

static void world_clear(World *world)
{
    g_array_unref(world->snapshot.freshness);
    g_ptr_array_unref(world->sources);
}

static void assert_judged(const World *world, const char *source, Feed feed, Instant hour, RowStatus status, const char *reason)
{
    SnapshotSeries series = {.status = ROW_OK};
    freshness_judge(&world->snapshot, world->sources, source, feed, &series);
    g_assert_cmpint(series.data_as_of, ==, hour * INSTANT_HOUR);
    g_assert_cmpint(series.status, ==, status);
    g_assert_cmpstr(series.reason, ==, reason);
    g_free(series.reason);
}

static void each_feed_is_judged_by_its_own_newest_fact(void)
{
    World world;
    world_fill(&world, 94, 93);
    g_assert_cmpint(world.snapshot.watermark, ==, 94 * INSTANT_HOUR);
    assert_judged(&world, "pas", FEED_STAYS, 94, ROW_OK, NULL);
    assert_judged(&world, "pas", FEED_BEDS, 93, ROW_STALE, "the newest fact of source pas is 7 h old");
    world_clear(&world);
    world_fill(&world, 52, 51);
    assert_judged(&world, "pas", FEED_STAYS, 52, ROW_STALE, "the newest fact of source pas is 2 days old");
    assert_judged(&world, "pas", FEED_BEDS, 51, ROW_WITHHELD, "the newest fact of source pas is 2 days old");
    world_clear(&world);
}

/* A source that never said anything is as old as the newest word of the others. */
static void who_never_spoke_goes_by_the_others(void)
{
    World world;
    world_fill(&world, 80, 99);
    assert_judged(&world, "lab", FEED_STAYS, 99, ROW_OK, NULL);
    assert_judged(&world, "gone", FEED_STAYS, 99, ROW_OK, NULL); /* no longer configured: no limits */
    world_clear(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/daemon/freshness/each-feed-is-judged-by-its-own-newest-fact", each_feed_is_judged_by_its_own_newest_fact);
    g_test_add_func("/daemon/freshness/who-never-spoke-goes-by-the-others", who_never_spoke_goes_by_the_others);
    return g_test_run();
}
