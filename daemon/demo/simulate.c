#include "daemon/demo/simulate.h"

#include "daemon/demo/journal.h"
#include "daemon/demo/sample.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is real ---------------------------------------------------------------- */

typedef struct {
    gint64 from; /* civil hour of the first value */
    GArray *count; /* int */
} Arrivals;

/* A date-time without zone, on the clock of wherever it was written down; minutes since 1970. */
static gboolean read_civil(const char *text, gint64 *minute, GError **error)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, utc);
    if (time == NULL) {
        g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "time is \"%s\", wanted such as 2018-03-25T06:00:00", text);
        return FALSE;
    }
    *minute = g_date_time_to_unix(time) / 60;
    return TRUE;
}

static gboolean take_arrivals(void *self, const char *const *cell, GError **error)
{
    Arrivals *arrivals = self;
    gint64 minute;
    guint64 count;
    if (!read_civil(cell[0], &minute, error) || !g_ascii_string_to_unsigned(cell[1], 10, 0, 10000, &count, error))
        return FALSE;
    gint64 hour = minute / 60, wanted = arrivals->from + arrivals->count->len;
    if (arrivals->count->len == 0)
        arrivals->from = hour;
    else if (hour != wanted) {
        g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "the hour is %s, wanted the one after the hour before", cell[0]);
        return FALSE;
    }
    int value = (int)count;
    g_array_append_val(arrivals->count, value);
    return TRUE;
}

typedef struct {
    GArray *stay, *wait; /* double, hours */
} Stays;

static gboolean take_stay(void *self, const char *const *cell, GError **error)
{
    Stays *stays = self;
    gint64 came, admitted, released;
    if (*cell[0] == '\0' || *cell[1] == '\0')
        return TRUE; /* never admitted */
    if (!read_civil(cell[0], &came, error) || !read_civil(cell[1], &admitted, error))
        return FALSE;
    double wait = (double)MAX(admitted - came, 0) / 60;
    g_array_append_val(stays->wait, wait);
    if (*cell[2] == '\0')
        return TRUE; /* release not in the log */
    if (!read_civil(cell[2], &released, error))
        return FALSE;
    double stay = (double)MAX(released - admitted, 0) / 60;
    g_array_append_val(stays->stay, stay);
    return TRUE;
}

/* --- the command ------------------------------------------------------------------ */

static gboolean read_end(const char *text, gint64 *day, GError **error)
{
    g_autofree char *midnight = g_strconcat(text, "T00:00:00Z", NULL);
    g_autoptr(GDateTime) time = strlen(text) == strlen(SIMULATE_END) ? g_date_time_new_from_iso8601(midnight, NULL) : NULL;
    if (time != NULL) {
        *day = g_date_time_to_unix(time) / 86400;
        return TRUE;
    }
    g_set_error(error, SAMPLE_ERROR, SAMPLE_ERROR_SHAPE, "end is \"%s\", wanted a date such as " SIMULATE_END, text);
    return FALSE;
}

static gboolean make_folder(const char *folder, GError **error)
{
    if (g_mkdir_with_parents(folder, 0755) == 0)
        return TRUE;
    int cause = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(cause), "cannot make the folder %s: %s", folder, g_strerror(cause));
    return FALSE;
}

static gboolean simulate(const SimulateOptions *options, const Calendar *calendar, gint64 end, const Arrivals *arrivals, const Stays *stays, GError **error)
{
    HospitalInput input = {.seed = options->seed, .first_day = end + 1 - options->days, .days = options->days, .calendar = calendar,
                           .arrivals_from = arrivals->from, .arrivals = (const int *)(const void *)arrivals->count->data, .arrivals_hours = arrivals->count->len,
                           .stay = (const double *)(const void *)stays->stay->data, .stays = stays->stay->len,
                           .wait = (const double *)(const void *)stays->wait->data, .waits = stays->wait->len};
    g_autoptr(Hospital) hospital = hospital_new(&input, error);
    return hospital != NULL && make_folder(options->output, error) && journal_write(hospital, &input, options->output, error);
}

gboolean simulate_write(const SimulateOptions *options, GError **error)
{
    static const char *const arrival_columns[] = {"timestamp", "value", NULL};
    static const char *const stay_columns[] = {"er_registration", "first_admission", "release", NULL};
    g_autoptr(GArray) count = g_array_new(FALSE, FALSE, sizeof(int));
    g_autoptr(GArray) stay = g_array_new(FALSE, FALSE, sizeof(double)), wait = g_array_new(FALSE, FALSE, sizeof(double));
    Arrivals arrivals = {0, count};
    Stays stays = {stay, wait};
    gint64 end;
    g_autofree char *holidays = options->holidays ? g_strdup(options->holidays) : calendar_holiday_file("US", error);
    g_autoptr(Calendar) calendar = holidays ? calendar_new(SIMULATE_ZONE, holidays, error) : NULL;
    return calendar != NULL && read_end(options->end, &end, error) && sample_read(options->arrivals, arrival_columns, take_arrivals, &arrivals, error) &&
           sample_read(options->stays, stay_columns, take_stay, &stays, error) && simulate(options, calendar, end, &arrivals, &stays, error);
}

/* A century; a larger number is a slip of the finger. */
enum { MOST_DAYS = 36525 };

int simulate_main(int argc, char **argv)
{
    gint64 seed = SIMULATE_SEED, days = SIMULATE_DAYS;
    g_autofree char *end = NULL, *arrivals = NULL, *stays = NULL, *output = NULL;
    const GOptionEntry entries[] = {
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "seed of the random numbers (default: 1)", "N"},
        {"days", 0, 0, G_OPTION_ARG_INT64, &days, "days of the record (default: 420)", "D"},
        {"end", 0, 0, G_OPTION_ARG_STRING, &end, "last day of the record (default: " SIMULATE_END ")", "DATE"},
        {"arrivals", 0, 0, G_OPTION_ARG_FILENAME, &arrivals, "hourly arrivals (default: the sample department's)", "FILE"},
        {"stays", 0, 0, G_OPTION_ARG_FILENAME, &stays, "stays to resample (default: the sample ones)", "FILE"},
        {"output", 0, 0, G_OPTION_ARG_FILENAME, &output, "folder to write to", "DIR"},
        G_OPTION_ENTRY_NULL};
    g_autoptr(GError) error = NULL;
    g_set_prgname("wardcast simulate");
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_set_summary(context, "Write the tables of a simulated hospital whose truth is known.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1 || output == NULL || seed < 0 || days < 1 || days > MOST_DAYS) {
        g_printerr("wardcast simulate: %s; --help tells the options\n", error ? error->message : output == NULL ? "--output is missing" : "a seed from 0 on, days from 1 to 36525 and no other words are wanted");
        return 2;
    }
    SimulateOptions options = {.seed = (guint64)seed, .days = days, .end = end ? end : SIMULATE_END, .output = output};
    g_autofree char *samples = sample_folder(&error);
    if (samples && arrivals == NULL)
        arrivals = g_build_filename(samples, "uihc_ed_arrivals_hourly.csv.gz", NULL);
    if (samples && stays == NULL)
        stays = g_build_filename(samples, "sepsis_patient_stays.csv.gz", NULL);
    options.arrivals = arrivals;
    options.stays = stays;
    if (arrivals && stays)
        g_clear_error(&error);
    if (error == NULL && simulate_write(&options, &error)) {
        g_print("%s: %" G_GINT64_FORMAT " days of a simulated hospital until %s, seed %" G_GINT64_FORMAT "\n", output, days, options.end, seed);
        return EXIT_SUCCESS;
    }
    g_printerr("wardcast simulate: %s\n", error->message);
    return EXIT_FAILURE;
}
