#include "daemon/demo/journal.h"

#include "daemon/demo/chance.h"

#include <gio/gio.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, FIRST_STAY = 100000 };

/* One line of bed_moves; seconds since 1970 UTC. */
typedef struct {
    gint64 stay, at, recorded_at;
    int ward;
    gboolean leaves, cancelled;
} Entry;

/* "2018-03-25T06:00:00Z", by arithmetic on days: there are half a million to write. */
static void append_time(GString *out, gint64 seconds)
{
    int year, month, monthday, past = (int)(seconds % DAY);
    grain_date_of_day(seconds / DAY, &year, &month, &monthday);
    g_string_append_printf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, monthday, past / HOUR, past / MINUTE % 60, past % 60);
}

static gboolean write_file(const char *folder, const char *name, GString *text, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gboolean written = g_file_set_contents_full(path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
    g_string_free(text, TRUE);
    return written;
}

/* --- bed_moves ---------------------------------------------------------------- */

/* Seconds until something is written down: minutes as a rule, hours now and then. */
static gint64 delay(Chance *chance, int ward)
{
    double minutes = chance_exponential(chance, ward == 0 ? 4 : 15);
    if (chance_true(chance, 0.03))
        minutes += 60 + 540 * chance_uniform(chance);
    return (gint64)(60 * minutes) + 1;
}

static void note(GArray *entries, Chance *chance, Entry entry)
{
    entry.recorded_at = entry.at + delay(chance, entry.ward);
    if (chance_true(chance, 0.006)) { /* written down with a wrong time, found out later */
        Entry wrong = entry, undo = entry;
        wrong.at += MINUTE * (1 + chance_below(chance, 45)) * (chance_true(chance, 0.5) ? 1 : -1);
        wrong.recorded_at = MAX(wrong.recorded_at, wrong.at + 1);
        undo.at = wrong.at;
        undo.cancelled = TRUE;
        undo.recorded_at = entry.recorded_at = wrong.recorded_at + MINUTE * (30 + chance_below(chance, 690));
        entry.recorded_at++;
        g_array_append_val(entries, wrong);
        g_array_append_val(entries, undo);
    }
    g_array_append_val(entries, entry);
}

/* An arrival in a ward that never was: written down by mistake, cancelled. */
static void note_mistake(GArray *entries, Chance *chance, Entry entry)
{
    Entry wrong = entry, undo;
    wrong.ward = (entry.ward + 1 + (int)chance_below(chance, hospital_wards - 1)) % hospital_wards;
    wrong.recorded_at = wrong.at + delay(chance, wrong.ward);
    undo = wrong;
    undo.cancelled = TRUE;
    undo.recorded_at += MINUTE * (20 + chance_below(chance, 160));
    g_array_append_val(entries, wrong);
    g_array_append_val(entries, undo);
}

static int by_recording(const void *a, const void *b)
{
    const Entry *x = a, *y = b;
    if (x->recorded_at != y->recorded_at)
        return x->recorded_at > y->recorded_at ? 1 : -1;
    if (x->stay != y->stay)
        return x->stay > y->stay ? 1 : -1;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : y->leaves - x->leaves;
}

static GArray *entries_of(const Hospital *hospital, guint64 seed)
{
    Chance chance;
    chance_init(&chance, seed, 2);
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    for (guint m = 0; m < hospital->moves->len; m++) {
        const HospitalMove *move = &g_array_index(hospital->moves, HospitalMove, m);
        Entry in = {FIRST_STAY + move->patient, move->in * MINUTE, 0, move->ward, FALSE, FALSE}, out = in;
        out.at = move->out == G_MAXINT64 ? 0 : move->out * MINUTE;
        out.leaves = TRUE;
        note(entries, &chance, in);
        if (chance_true(&chance, 0.002))
            note_mistake(entries, &chance, in);
        if (out.at)
            note(entries, &chance, out);
    }
    g_array_sort(entries, by_recording);
    return entries;
}

static gboolean write_moves(const Hospital *hospital, guint64 seed, const char *folder, GError **error)
{
    g_autoptr(GArray) entries = entries_of(hospital, seed);
    GString *text = g_string_new("stay_id,ward,in_time,out_time,cancelled,recorded_at\n");
    for (guint e = 0; e < entries->len; e++) {
        const Entry *entry = &g_array_index(entries, Entry, e);
        g_string_append_printf(text, "%" G_GINT64_FORMAT ",%s,", entry->stay, hospital_ward[entry->ward].ward);
        if (entry->leaves)
            g_string_append_c(text, ',');
        append_time(text, entry->at);
        g_string_append(text, entry->leaves ? "," : ",,");
        g_string_append(text, entry->cancelled ? "true," : "false,");
        append_time(text, entry->recorded_at);
        g_string_append_c(text, '\n');
    }
    return write_file(folder, "bed_moves.csv", text, error);
}

/* --- the other tables ----------------------------------------------------------- */

static gint64 second_of_day(const HospitalInput *input, gint64 day, int hour)
{
    return calendar_instant(input->calendar, GRAIN_HOUR, 24 * day + hour) / INSTANT_SECOND;
}

static gboolean write_wards(const HospitalInput *input, const char *folder, GError **error)
{
    GString *text = g_string_new("ward,name,kind,physical_beds,staffed_beds,recorded_at\n");
    for (int w = 0; w < hospital_wards; w++) {
        const HospitalWard *ward = &hospital_ward[w];
        g_string_append_printf(text, "%s,%s,%s,%d,%d,", ward->ward, ward->name, ward->kind, ward->physical, ward->staffed);
        append_time(text, second_of_day(input, input->first_day, 0));
        g_string_append_c(text, '\n');
    }
    return write_file(folder, "wards.csv", text, error);
}

static void append_roster(GString *text, int ward, gint64 begins, gint64 ends, int nurses, gint64 recorded_at)
{
    g_string_append_printf(text, "%s,RN,", hospital_ward[ward].ward);
    append_time(text, begins);
    g_string_append_c(text, ',');
    append_time(text, ends);
    g_string_append_printf(text, ",%d,", nurses);
    append_time(text, recorded_at);
    g_string_append_c(text, '\n');
}

/* Nurses for 88 % of the staffed beds, one fewer on many weekend days; sick calls come hours before. */
static void append_shift(GString *text, const HospitalInput *input, Chance *chance, int w, gint64 day, int hour, gint64 sick_until)
{
    const HospitalWard *ward = &hospital_ward[w];
    gint64 begins = second_of_day(input, day, hour), ends = second_of_day(input, day + (hour > 12), hour > 12 ? 7 : 19);
    int nurses = (int)(0.88 * ward->staffed / ward->patients_per_nurse + 0.999);
    nurses -= grain_weekday(day) >= 5 && chance_true(chance, 0.4);
    nurses += chance_true(chance, 0.12);
    nurses -= chance_true(chance, 0.15);
    append_roster(text, w, begins, ends, MAX(nurses, 1), second_of_day(input, day - 28, 12));
    gboolean sick = chance_true(chance, 0.18);
    gint64 called = begins - MINUTE * (60 + chance_below(chance, 540));
    if (sick && called < sick_until)
        append_roster(text, w, begins, ends, MAX(nurses - 1, 1), called);
}

static gboolean write_roster(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error)
{
    Chance chance;
    chance_init(&chance, input->seed, 3);
    GString *text = g_string_new("ward,role,shift_start,shift_end,nurses,recorded_at\n");
    for (gint64 day = input->first_day; day < input->first_day + input->days + 14; day++)
        for (int ward = 0; ward < hospital_wards; ward++) {
            append_shift(text, input, &chance, ward, day, 7, hospital->until * MINUTE);
            append_shift(text, input, &chance, ward, day, 19, hospital->until * MINUTE);
        }
    return write_file(folder, "nurse_roster.csv", text, error);
}

static void append_beds(GString *text, int ward, gint64 from, int blocked, gint64 recorded_at)
{
    /* One bed of intensive care is kept for whoever comes next. */
    gboolean reserve = g_str_equal(hospital_ward[ward].kind, "icu");
    g_string_append_printf(text, "%s,", hospital_ward[ward].ward);
    append_time(text, from);
    g_string_append_printf(text, ",%d,%d,%d,", hospital_ward[ward].staffed, blocked, reserve ? 1 : 0);
    append_time(text, recorded_at);
    g_string_append_c(text, '\n');
}

static gboolean write_beds(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error)
{
    Chance chance;
    chance_init(&chance, input->seed, 4);
    GString *text = g_string_new("ward,from_time,staffed,blocked,reserved,recorded_at\n");
    gint64 begin = second_of_day(input, input->first_day, 0);
    for (int ward = 0; ward < hospital_wards; ward++)
        append_beds(text, ward, begin, 0, begin);
    for (guint c = 0; c < hospital->closures->len; c++) {
        const HospitalClosure *closure = &g_array_index(hospital->closures, HospitalClosure, c);
        append_beds(text, closure->ward, closure->at * MINUTE, closure->blocked, closure->at * MINUTE + MINUTE * (2 + chance_below(&chance, 30)));
    }
    return write_file(folder, "ward_beds.csv", text, error);
}

static gboolean write_lists(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error)
{
    GString *text = g_string_new("ward,day,planned,recorded_at\n");
    for (guint k = 0; k < hospital->lists->len; k++) {
        const HospitalList *list = &g_array_index(hospital->lists, HospitalList, k);
        int year, month, monthday;
        grain_date_of_day(list->day, &year, &month, &monthday);
        g_string_append_printf(text, "%s,%04d-%02d-%02d,%d,", hospital_ward[list->ward].ward, year, month, monthday, list->planned);
        append_time(text, second_of_day(input, list->day - 14, 15));
        g_string_append_c(text, '\n');
    }
    return write_file(folder, "theatre_list.csv", text, error);
}

static gboolean write_truth(const Hospital *hospital, const char *folder, GError **error)
{
    gsize hours;
    g_autofree int *census = hospital_census(hospital, &hours);
    GString *text = g_string_new("hour");
    for (int ward = 0; ward < hospital_wards; ward++)
        g_string_append_printf(text, ",%s", hospital_ward[ward].ward);
    for (gsize h = 0; h < hours; h++) {
        g_string_append_c(text, '\n');
        append_time(text, hospital->from * MINUTE + (gint64)h * HOUR);
        for (int ward = 0; ward < hospital_wards; ward++)
            g_string_append_printf(text, ",%d", census[h * (gsize)hospital_wards + (gsize)ward]);
    }
    g_string_append_c(text, '\n');
    return write_file(folder, "truth.csv", text, error);
}

static gboolean write_readme(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error)
{
    GString *text = g_string_new("This is a SIMULATED hospital. No patient in these files ever lived.\n\n");
    g_string_append(text,
                    "Real: how many people come to the emergency department in each hour (University of Iowa Hospitals\n"
                    "and Clinics, R package fastTS, GPL-3); how long after their arrival people are admitted and how long\n"
                    "they stay, resampled from the Sepsis Cases event log (Mannhardt 2016, R package eventdataR, MIT) and\n"
                    "scaled per speciality.\n"
                    "Made up: everything else - wards, beds, who is admitted and where to, transfers, theatre lists,\n"
                    "closures, rosters, and how late and how wrongly things were written down.\n\n"
                    "truth.csv holds the true number of patients at the start of each hour (UTC); the other files are what\n"
                    "the hospital's own tables would hold (general.sql). All times are UTC.\n\n");
    g_string_append_printf(text, "Seed %" G_GUINT64_FORMAT ", %" G_GINT64_FORMAT " days after %d days of warm-up.\n"
                           "Came to the emergency department %" G_GINT64_FORMAT ", admitted %" G_GINT64_FORMAT ", elective %" G_GINT64_FORMAT
                           ", postponed for want of a bed %" G_GINT64_FORMAT ", went home %" G_GINT64_FORMAT ", still inside at the end %" G_GINT64_FORMAT ".\n",
                           input->seed, input->days, HOSPITAL_WARM_UP_DAYS, hospital->arrived, hospital->admitted, hospital->electives,
                           hospital->postponed, hospital->went_home, hospital->inside);
    return write_file(folder, "README.txt", text, error);
}

gboolean journal_write(const Hospital *hospital, const HospitalInput *input, const char *folder, GError **error)
{
    return write_wards(input, folder, error) && write_moves(hospital, input->seed, folder, error) &&
           write_roster(hospital, input, folder, error) && write_beds(hospital, input, folder, error) &&
           write_lists(hospital, input, folder, error) && write_truth(hospital, folder, error) &&
           write_readme(hospital, input, folder, error);
}
