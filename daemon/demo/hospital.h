/* hospital.h -- a simulated general hospital whose every move is known.
 *
 * Patients come to the emergency department at the hours of a real one, some
 * are admitted, pass through assessment, wards, intensive care and
 * rehabilitation, wait where no bed is free, and go home at the times of day
 * and of the week at which people do.  Elective patients come from theatre
 * lists.  How long they stay is drawn from real stays.
 *
 * Real     arrivals per hour, time from arrival to admission, lengths of stay
 *          (scaled per speciality).
 * Made up  everything else: wards, beds, who is admitted, where to, transfers,
 *          theatre lists, closures.
 * Units    time in minutes since 1970-01-01 UTC; lengths of stay in hours.
 * Threads  pure: same input, same hospital.
 */
#pragma once
#include "daemon/demo/hospital_ward.h"
#include "forecast/series/calendar.h"

typedef struct {
    guint64 seed;
    gint64 first_day, days;   /* day numbers (grain.h), local; the record covers [first_day, first_day + days) */
    const Calendar *calendar; /* of the hospital's zone */
    gint64 arrivals_from;     /* civil hour of arrivals[0] */
    const int *arrivals;      /* [arrivals_hours] people coming to the emergency department */
    gsize arrivals_hours;
    const double *stay;       /* [stays] hours from admission to release */
    gsize stays;
    const double *wait;       /* [waits] hours from arrival to admission */
    gsize waits;
} HospitalInput;

/* Days before the record that are simulated so that its first hour finds a full house. */
enum { HOSPITAL_WARM_UP_DAYS = 70 };

typedef struct {
    gint64 patient;
    int ward;
    gint64 in, out; /* [in, out); out G_MAXINT64: still there when the record ends */
} HospitalMove;

typedef struct {
    int ward;
    gint64 day;     /* the list's day */
    int planned, admitted;
} HospitalList;

typedef struct {
    int ward;
    gint64 at;      /* from then on */
    int blocked;
} HospitalClosure;

typedef struct {
    gint64 from, until; /* the record's first minute and the one after its last */
    GArray *moves;      /* HospitalMove, those with some of [in, out) in the record, by `in` */
    GArray *lists;      /* HospitalList, by day; reach two weeks beyond the record, where admitted is 0 */
    GArray *closures;   /* HospitalClosure, by time */
    gint64 arrived, admitted, births, electives, postponed, went_home; /* over warm-up and record; births, electives: who got a bed */
    gint64 inside;      /* in a ward when the record ends */
} Hospital;

/* The caller owns it.  SERIES_ERROR_DATA: the arrivals do not cover the days, or too few stays. */
Hospital *hospital_new(const HospitalInput *input, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void hospital_free(Hospital *hospital);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hospital, hospital_free)

/* Patients in each ward at the start of each hour: census[hours][hospital_wards],
 * hours = (until - from) / 60.  The caller frees. */
int *hospital_census(const Hospital *hospital, gsize *hours);
