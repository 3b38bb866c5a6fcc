/* hospital_run.h -- let the days of a simulated hospital pass, minute by minute.
 *
 * What will happen is planned first (arrivals, births, theatre lists, closed
 * beds); then every minute's events are taken from an agenda, and whoever waits
 * is given the beds that they free.
 *
 * Threads  pure: same input, same hospital.
 */
#pragma once
#include "daemon/demo/hospital.h"

/* Fill an empty Hospital (its arrays made) from a valid input; moves and lists
 * of the warm-up are still in it, and moves may have no end. */
void hospital_run(const HospitalInput *input, Hospital *hospital);
