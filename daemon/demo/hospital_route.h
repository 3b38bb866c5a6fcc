/* hospital_route.h -- which wards a simulated patient goes through, and for how long.
 *
 * Lengths of stay are drawn from real ones and scaled per speciality; the shares
 * of specialities, of intensive care and of rehabilitation are made up.
 *
 * Units    hours; stages in minutes.
 * Threads  one Chance, one caller.
 */
#pragma once
#include "daemon/demo/chance.h"
#include "daemon/demo/hospital_ward.h"

enum { HOSPITAL_STAGES = 4 };

typedef struct {
    Pool pool[HOSPITAL_STAGES];
    int minutes[HOSPITAL_STAGES]; /* in this stage; the last one lasts until discharge */
    int stages;
    int urgency;                  /* for a bed; 0 first */
    double hours;                 /* from admission until well enough to go home */
} HospitalRoute;

typedef struct {
    Chance *chance;
    const double *stay; /* [stays] real lengths of stay */
    gsize stays;
} HospitalDraw;

/* Somebody admitted from the emergency department; a patient of a theatre list
 * (`bones`: orthopaedic); a birth. */
void hospital_route_emergency(HospitalDraw *draw, HospitalRoute *route);
void hospital_route_elective(HospitalDraw *draw, gboolean bones, HospitalRoute *route);
void hospital_route_birth(HospitalDraw *draw, HospitalRoute *route);
