/* simulate.h -- `wardcast simulate`: write the tables of a simulated hospital whose truth is known.
 *
 * Same options, same bytes.
 *
 * Threads  the main thread's own.
 */
#pragma once
#include <glib.h>

typedef struct {
    guint64 seed;
    gint64 days;
    const char *end;      /* last day of the record, "2018-03-25" */
    const char *arrivals; /* hourly arrivals: columns timestamp (local), value */
    const char *stays;    /* columns er_registration, first_admission, release */
    const char *holidays; /* file of holidays; NULL = those of the US */
    const char *output;   /* folder, made when missing */
} SimulateOptions;

/* Zone of the simulated hospital, and the defaults of `days` and `end`. */
#define SIMULATE_ZONE "America/Chicago"
#define SIMULATE_END "2018-03-25"
enum { SIMULATE_DAYS = 420, SIMULATE_SEED = 1 };

gboolean simulate_write(const SimulateOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

int simulate_main(int argc, char **argv);
