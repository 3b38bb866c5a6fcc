#include "forecast/series/observation.h"

#include <string.h>

/* No hospital on earth reaches a million of anything per step, except money. */
#define COUNT_MOST 1e6

#define RECORDED_AT {"recorded_at", CELL_TIME, TRUE, FALSE, 0, 0, "when the source recorded this row; the watermark of incremental pulls"}
#define FACILITY {"facility", CELL_TEXT, TRUE, TRUE, 0, 0, "the hospital"}
#define UNIT {"unit", CELL_TEXT, TRUE, TRUE, 0, 0, "the ward or department"}

const FeedShape feed_shape[FEEDS] = {
    [FEED_UNITS] = {"units", 7, {
        FACILITY, UNIT,
        {"name", CELL_TEXT, TRUE, FALSE, 0, 0, "the unit's name as people know it"},
        {"kind", CELL_TEXT, TRUE, FALSE, 0, 0, "kind of unit; the plan's rules are given per kind"},
        {"physical_beds", CELL_NUMBER, FALSE, FALSE, 0, COUNT_MOST, "beds that stand in the unit"},
        {"staffed_beds", CELL_NUMBER, FALSE, FALSE, 0, COUNT_MOST, "beds that are normally staffed"},
        RECORDED_AT}},
    [FEED_OBSERVATIONS] = {"observations", 7, {
        FACILITY, UNIT,
        {"measure", CELL_TEXT, TRUE, TRUE, 0, 0, "what is counted: census, arrivals, admissions, discharges, staffed_beds, ..."},
        {"grain", CELL_TEXT, TRUE, TRUE, 0, 0, "hour, day, week or month"},
        {"starts_at", CELL_TIME, TRUE, TRUE, 0, 0, "the instant the step begins"},
        {"value", CELL_NUMBER, TRUE, FALSE, 0, COUNT_MOST, "the count"},
        RECORDED_AT}},
    [FEED_STAYS] = {"stays", 6, {
        FACILITY, UNIT,
        {"stay", CELL_TEXT, TRUE, TRUE, 0, 0, "keyed hash of the stay's id"},
        {"event", CELL_TEXT, TRUE, TRUE, 0, 0, "enter, leave, cancel_enter or cancel_leave"},
        {"effective_at", CELL_TIME, TRUE, TRUE, 0, 0, "when it happened"},
        RECORDED_AT}},
    [FEED_ROSTER] = {"roster", 7, {
        FACILITY, UNIT,
        {"role", CELL_TEXT, TRUE, TRUE, 0, 0, "the staff's role, such as RN"},
        {"shift_starts_at", CELL_TIME, TRUE, TRUE, 0, 0, "when the shift begins"},
        {"shift_ends_at", CELL_TIME, TRUE, FALSE, 0, 0, "when the shift ends"},
        {"scheduled", CELL_NUMBER, TRUE, FALSE, 0, COUNT_MOST, "staff scheduled"},
        RECORDED_AT}},
    [FEED_BEDS] = {"beds", 7, {
        FACILITY, UNIT,
        {"effective_at", CELL_TIME, TRUE, TRUE, 0, 0, "from when on these numbers hold"},
        {"staffed", CELL_NUMBER, TRUE, FALSE, 0, COUNT_MOST, "staffed beds"},
        {"blocked", CELL_NUMBER, FALSE, FALSE, 0, COUNT_MOST, "of these, blocked (infection, repair)"},
        {"reserved", CELL_NUMBER, FALSE, FALSE, 0, COUNT_MOST, "of these, reserved"},
        RECORDED_AT}},
    [FEED_ELECTIVES] = {"electives", 5, {
        FACILITY, UNIT,
        {"starts_at", CELL_TIME, TRUE, TRUE, 0, 0, "start of the day of the planned admissions"},
        {"planned", CELL_NUMBER, TRUE, FALSE, 0, COUNT_MOST, "planned admissions"},
        RECORDED_AT}},
    [FEED_EVENTS] = {"events", 6, {
        FACILITY,
        {"kind", CELL_TEXT, TRUE, TRUE, 0, 0, "strike, downtime, epidemic, gathering, ..."},
        {"starts_at", CELL_TIME, TRUE, TRUE, 0, 0, "when it begins"},
        {"ends_at", CELL_TIME, TRUE, FALSE, 0, 0, "when it ends"},
        {"note", CELL_TEXT, FALSE, FALSE, 0, 0, "a sentence"},
        RECORDED_AT}},
};

gboolean feed_from_name(const char *name, Feed *feed)
{
    for (Feed f = 0; f < FEEDS; f++)
        if (g_str_equal(name, feed_shape[f].name)) {
            *feed = f;
            return TRUE;
        }
    return FALSE;
}

void observation_clear(Observation *row)
{
    const FeedShape *shape = &feed_shape[row->feed];
    for (gsize c = 0; c < shape->columns; c++)
        if (shape->column[c].type == CELL_TEXT)
            g_clear_pointer(&row->cell[c].text, g_free);
}

static char *complaint_of_text(const FeedColumn *column, const char *text)
{
    /* 128 bytes: ids longer than that are a sign of a mapping that picked the wrong column. */
    enum { LONGEST = 128 };
    if (text == NULL)
        return column->required ? g_strdup_printf("%s is missing; give every row a value", column->name) : NULL;
    gsize length = strlen(text);
    if (length == 0 || length > LONGEST)
        return g_strdup_printf("%s has %" G_GSIZE_FORMAT " bytes; wanted 1 to %d", column->name, length, LONGEST);
    if (!g_utf8_validate(text, -1, NULL))
        return g_strdup_printf("%s is not UTF-8", column->name);
    for (const char *c = text; *c; c++)
        if (g_ascii_iscntrl(*c))
            return g_strdup_printf("%s holds a control character", column->name);
    return NULL;
}

static char *complaint_of_time(const FeedColumn *column, Instant time, Instant now)
{
    if (time == INSTANT_NONE)
        return column->required ? g_strdup_printf("%s is missing; give every row a time", column->name) : NULL;
    if (time >= 0 && time <= now + 3653 * INSTANT_DAY)
        return NULL;
    g_autoptr(GDateTime) seen = g_date_time_new_from_unix_utc(time / INSTANT_SECOND);
    g_autofree char *text = seen ? g_date_time_format_iso8601(seen) : g_strdup("out of range");
    return g_strdup_printf("%s is %s; wanted a time from 1970 to ten years ahead", column->name, text);
}

static char *complaint_of_number(const FeedColumn *column, double number)
{
    if (isnan(number))
        return column->required ? g_strdup_printf("%s is missing or not a number; wanted %g to %g", column->name, column->least, column->most) : NULL;
    if (number >= column->least && number <= column->most)
        return NULL;
    return g_strdup_printf("%s is %g; wanted %g to %g", column->name, number, column->least, column->most);
}

static char *complaint_of_word(const FeedColumn *column, const char *text)
{
    static const char *const events[] = {"enter", "leave", "cancel_enter", "cancel_leave", NULL};
    Grain grain;
    if (g_str_equal(column->name, "event") && !g_strv_contains(events, text))
        return g_strdup("event is none of enter, leave, cancel_enter, cancel_leave");
    if (g_str_equal(column->name, "grain") && !grain_from_name(text, &grain))
        return g_strdup("grain is none of hour, day, week, month");
    return NULL;
}

char *observation_complaint(const Observation *row, Instant now)
{
    const FeedShape *shape = &feed_shape[row->feed];
    for (gsize c = 0; c < shape->columns; c++) {
        const FeedColumn *column = &shape->column[c];
        char *complaint = NULL;
        switch (column->type) {
        case CELL_TEXT:
            complaint = complaint_of_text(column, row->cell[c].text);
            if (complaint == NULL && row->cell[c].text != NULL)
                complaint = complaint_of_word(column, row->cell[c].text);
            break;
        case CELL_TIME:
            complaint = complaint_of_time(column, row->cell[c].time, now);
            break;
        case CELL_NUMBER:
            complaint = complaint_of_number(column, row->cell[c].number);
            break;
        }
        if (complaint != NULL)
            return complaint;
    }
    return NULL;
}
