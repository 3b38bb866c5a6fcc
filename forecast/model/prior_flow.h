/* prior_flow.h -- patients walk through an invented hospital.
 *
 * People arrive at the emergency department; some are admitted, each to a ward
 * of its own kind; wards also take planned patients on working days.  Who is
 * admitted stays for a while and leaves, later when it is a weekend.  A ward
 * that is full sends to the one with the most room; when all are full the
 * patient is transferred out of the hospital.  So arrivals, admissions,
 * discharges and censuses are of one piece, as in a real record.
 *
 * Shapes   counts[steps]; ward 0 .. wards-1; the census is that at the end of the step.
 * Threads  the generator of chance belongs to the caller; otherwise pure.
 */
#pragma once
#include "forecast/model/prior_rate.h"

enum { PRIOR_FLOW_WARDS = 4 };

typedef struct {
    gsize steps, wards;
    gsize beds[PRIOR_FLOW_WARDS];
    double *arrivals, *admissions, *discharges, *diverted;      /* [steps], of the whole hospital; admissions are those that got a bed */
    double *census[PRIOR_FLOW_WARDS];                           /* [steps] */
} PriorFlow;

/* Run it over the span, after weeks that fill the beds.  The caller owns it. */
PriorFlow *prior_flow_new(gsl_rng *chance, const PriorSpan *span);
void prior_flow_free(PriorFlow *flow);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PriorFlow, prior_flow_free)
