#include "config/check.h"

#include <string.h>

#include "config/value.h"

enum { MINUTES_OF_DAY = 1440 };

typedef struct {
    const Config *config;
    const Lines *lines;
    Complaints *complaints;
} Check;

G_GNUC_PRINTF(5, 6)
static void complain(Check *check, gconstpointer field, gconstpointer fields, const char *key, const char *format, ...)
{
    /* The sentence comes in three lines: seen, wanted, remedy. */
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_auto(GStrv) part = g_strsplit(sentence, "\n", 3);
    complaints_add(check->complaints, lines_of(check->lines, field, fields), key, part[0], part[1], part[2]);
}

/* A value that was complained of already stands at its default; comparing it would only confuse. */
static gboolean is_sound(Check *check, gconstpointer field, gconstpointer fields)
{
    return !complaints_about(check->complaints, lines_of(check->lines, field, fields));
}

/* Complain when a name is there already; NULL names were complained of by the reader. */
static void once(Check *check, GHashTable *names, const char *const *name, gconstpointer fields, const char *key)
{
    if (!*name)
        return;
    guint first = GPOINTER_TO_UINT(g_hash_table_lookup(names, *name));
    if (first) {
        g_autofree char *quoted = complaints_quote(*name);
        complain(check, name, fields, key, "%s, which line %u has already\na name of its own\nrename one of the two", quoted, first);
    } else
        g_hash_table_insert(names, (gpointer)*name, GUINT_TO_POINTER(lines_of(check->lines, name, fields)));
}

typedef struct {
    const char *section, *name;
    gconstpointer fields;
} Duration;

/* One duration must be below another. */
static void in_order(Check *check, Duration smaller, Duration larger)
{
    const Setting *low = setting_find(smaller.section, smaller.name), *high = setting_find(larger.section, larger.name);
    const char *below = (const char *)smaller.fields + low->offset, *above = (const char *)larger.fields + high->offset;
    if (*(const guint *)below < *(const guint *)above || !is_sound(check, below, smaller.fields) || !is_sound(check, above, larger.fields))
        return;
    g_autofree char *key = setting_key(low), *other = setting_key(high);
    g_autofree char *seen = value_print(low, smaller.fields), *limit = value_print(high, larger.fields);
    complain(check, below, smaller.fields, key, "%s\nless than %s, which is %s\nlower this one or raise the other", seen, other, limit);
}

/* --- groups --------------------------------------------------------------- */

static void check_targets(Check *check, const GroupSettings *group)
{
    for (guint i = 0; i < group->targets->len; i++)
        for (guint j = 0; j < i; j++) {
            const TargetSettings *a = group->targets->pdata[i], *b = group->targets->pdata[j];
            if (a->measure && b->measure && a->grain == b->grain && g_str_equal(a->measure, b->measure))
                complain(check, &a->measure, a, "groups[].targets[].measure", "\"%s\" by the %s twice\neach measure and grain once\ntake one of the two out",
                         a->measure, grain_name(a->grain));
        }
}

static gboolean is_fed(const Config *config, const char *group)
{
    for (guint i = 0; i < config->sources->len; i++) {
        const SourceSettings *source = config->sources->pdata[i];
        if (!source->group || g_str_equal(source->group, group))
            return TRUE;
    }
    return config->sources->len == 0; /* then that is the complaint */
}

static void check_groups(Check *check)
{
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < check->config->groups->len; i++) {
        const GroupSettings *group = check->config->groups->pdata[i];
        once(check, ids, (const char *const *)&group->id, group, "groups[].id");
        check_targets(check, group);
        if (group->id && !is_fed(check->config, group->id))
            complain(check, &group->id, group, "groups[].id", "\"%s\", which no source feeds\na source with \"group: %s\"\nadd one under \"sources:\"",
                     group->id, group->id);
    }
}

/* --- sources -------------------------------------------------------------- */

static void check_group_of(Check *check, const SourceSettings *source)
{
    GString *known = g_string_new(NULL);
    gboolean found = !source->group;
    for (guint i = 0; i < check->config->groups->len; i++) {
        const GroupSettings *group = check->config->groups->pdata[i];
        found |= !group->id || g_str_equal(group->id, source->group ? source->group : "");
        if (group->id && i < 10)
            g_string_append_printf(known, "%s%s", known->len ? ", " : "", group->id);
    }
    if (!found && known->len)
        complain(check, &source->group, source, "sources[].group", "\"%s\"\nthe id of a group (%s)\ncorrect it, or add the group under \"groups:\"",
                 source->group, known->str);
    g_string_free(known, TRUE);
}

static void check_feeds(Check *check, const SourceSettings *source)
{
    gboolean seen[FEEDS] = {FALSE};
    for (guint i = 0; i < source->feeds->len; i++) {
        const FeedSettings *feed = source->feeds->pdata[i];
        if (!is_sound(check, &feed->feed, feed))
            continue;
        if (seen[feed->feed])
            complain(check, &feed->feed, feed, "sources[].feeds[].feed", "\"%s\" a second time\neach feed once per source\njoin the two queries with UNION ALL",
                     feed_shape[feed->feed].name);
        seen[feed->feed] = TRUE;
    }
}

static void check_sources(Check *check)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < check->config->sources->len; i++) {
        const SourceSettings *source = check->config->sources->pdata[i];
        once(check, names, (const char *const *)&source->name, source, "sources[].name");
        check_group_of(check, source);
        check_feeds(check, source);
        in_order(check, (Duration){"sources[]", "every", source}, (Duration){"sources[]", "stale", source});
        in_order(check, (Duration){"sources[]", "stale", source}, (Duration){"sources[]", "withhold", source});
    }
}

/* --- plan ----------------------------------------------------------------- */

static void check_takers(Check *check, const PlanRule *rule, GHashTable *kinds)
{
    for (gsize i = 0; rule->may_send_to[i]; i++) {
        const char *taker = rule->may_send_to[i];
        g_autofree char *quoted = complaints_quote(taker);
        if (rule->kind && g_str_equal(taker, rule->kind))
            complain(check, &rule->may_send_to, rule, "plan.rules[].may_send_to[]", "%s, the rule's own kind\nother kinds\ntake it out", quoted);
        else if (!g_hash_table_contains(kinds, taker))
            complain(check, &rule->may_send_to, rule, "plan.rules[].may_send_to[]",
                     "%s\na kind that has a rule of its own\ncorrect it, or add a rule for it", quoted);
    }
}

static void check_rules(Check *check)
{
    g_autoptr(GHashTable) kinds = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *rules = check->config->plan.rules;
    for (guint i = 0; i < rules->len; i++) {
        const PlanRule *rule = rules->pdata[i];
        once(check, kinds, (const char *const *)&rule->kind, rule, "plan.rules[].kind");
    }
    for (guint i = 0; i < rules->len; i++)
        check_takers(check, rules->pdata[i], kinds);
}

static void mark_shift(const PlanShift *shift, gboolean covered[MINUTES_OF_DAY])
{
    guint minute = shift->starts;
    do {
        covered[minute] = TRUE;
        minute = (minute + 1) % MINUTES_OF_DAY;
    } while (minute != shift->ends);
}

static void check_shifts(Check *check)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const GPtrArray *shifts = check->config->plan.shifts;
    gboolean covered[MINUTES_OF_DAY] = {FALSE}, sound = shifts->len > 0;
    for (guint i = 0; i < shifts->len; i++) {
        const PlanShift *shift = shifts->pdata[i];
        sound &= is_sound(check, &shift->starts, shift) && is_sound(check, &shift->ends, shift);
        once(check, names, (const char *const *)&shift->name, shift, "plan.shifts[].name");
        mark_shift(shift, covered);
    }
    guint gap = 0;
    while (gap < MINUTES_OF_DAY && covered[gap])
        gap++;
    if (sound && gap < MINUTES_OF_DAY)
        complain(check, shifts, shifts, "plan.shifts[]", "no shift at %02u:%02u\nshifts that cover all 24 hours\nadd a shift, or make one longer",
                 gap / 60, gap % 60);
}

/* --- all ------------------------------------------------------------------ */

static void complete(Config *config)
{
    DaemonSettings *daemon = &config->daemon;
    if (!daemon->report_dir && daemon->state_dir)
        daemon->report_dir = g_build_filename(daemon->state_dir, "report", NULL);
    if (!daemon->name)
        daemon->name = g_strdup(g_get_host_name());
    for (guint i = 0; i < config->groups->len; i++) {
        GroupSettings *group = config->groups->pdata[i];
        if (!group->name)
            group->name = g_strdup(group->id);
    }
}

void check_config(Config *config, const Lines *lines, Complaints *complaints)
{
    Check check = {config, lines, complaints};
    complete(config);
    check_groups(&check);
    check_sources(&check);
    check_rules(&check);
    check_shifts(&check);
    in_order(&check, (Duration){"warehouse", "deadline", &config->warehouse}, (Duration){"daemon", "cycle_deadline", &config->daemon});
}
