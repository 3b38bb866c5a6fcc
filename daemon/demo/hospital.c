#include "daemon/demo/hospital.h"

#include "daemon/demo/hospital_run.h"

/* The date of an hour counted from 1970. */
static char *date_of(gint64 hour)
{
    int year, month, day;
    grain_date_of_day(grain_step_of_hour(GRAIN_DAY, hour), &year, &month, &day);
    return g_strdup_printf("%04d-%02d-%02d", year, month, day);
}

static gboolean check_input(const HospitalInput *input, GError **error)
{
    gint64 from = 24 * (input->first_day - HOSPITAL_WARM_UP_DAYS), until = 24 * (input->first_day + input->days);
    if (input->days < 1 || input->arrivals_from > from || input->arrivals_from + (gint64)input->arrivals_hours < until) {
        g_autofree char *first = date_of(input->arrivals_from), *last = date_of(input->arrivals_from + (gint64)input->arrivals_hours - 1);
        g_autofree char *wanted = date_of(from), *end = date_of(until - 1);
        g_set_error(error, SERIES_ERROR, SERIES_ERROR_DATA,
                    "the arrivals reach from %s to %s, wanted from %s to %s (the record and %d days of warm-up before it); choose another end or fewer days",
                    first, last, wanted, end, HOSPITAL_WARM_UP_DAYS);
        return FALSE;
    }
    if (input->stays >= 30 && input->waits >= 30)
        return TRUE;
    g_set_error(error, SERIES_ERROR, SERIES_ERROR_DATA, "%" G_GSIZE_FORMAT " lengths of stay and %" G_GSIZE_FORMAT " waits to draw from, wanted 30 of each", input->stays, input->waits);
    return FALSE;
}

/* Keep what touches the record. */
static void trim(Hospital *hospital, gint64 first_day)
{
    GArray *kept = g_array_new(FALSE, FALSE, sizeof(HospitalMove));
    for (guint m = 0; m < hospital->moves->len; m++) {
        HospitalMove *move = &g_array_index(hospital->moves, HospitalMove, m);
        hospital->inside += move->out == G_MAXINT64;
        if (move->out > hospital->from && move->in < move->out)
            g_array_append_val(kept, *move);
    }
    g_array_unref(hospital->moves);
    hospital->moves = kept;
    guint early = 0;
    while (early < hospital->lists->len && g_array_index(hospital->lists, HospitalList, early).day < first_day)
        early++;
    g_array_remove_range(hospital->lists, 0, early);
}

Hospital *hospital_new(const HospitalInput *input, GError **error)
{
    if (!check_input(input, error))
        return NULL;
    Hospital *hospital = g_new0(Hospital, 1);
    hospital->moves = g_array_new(FALSE, FALSE, sizeof(HospitalMove));
    hospital->lists = g_array_new(FALSE, FALSE, sizeof(HospitalList));
    hospital->closures = g_array_new(FALSE, FALSE, sizeof(HospitalClosure));
    hospital_run(input, hospital);
    trim(hospital, input->first_day);
    return hospital;
}

void hospital_free(Hospital *hospital)
{
    if (hospital == NULL)
        return;
    g_array_unref(hospital->moves);
    g_array_unref(hospital->lists);
    g_array_unref(hospital->closures);
    g_free(hospital);
}

int *hospital_census(const Hospital *hospital, gsize *hours)
{
    *hours = (gsize)((hospital->until - hospital->from) / 60);
    int *census = g_new0(int, *hours * WARDS);
    for (guint m = 0; m < hospital->moves->len; m++) {
        const HospitalMove *move = &g_array_index(hospital->moves, HospitalMove, m);
        gint64 first = MAX(move->in - hospital->from + 59, 0) / 60, last = (MIN(move->out, hospital->until) - hospital->from + 59) / 60;
        for (gint64 h = first; h < last; h++)
            census[h * WARDS + move->ward]++;
    }
    return census;
}
