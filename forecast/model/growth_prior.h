/* growth_prior.h -- how epidemics of this size usually move, learnt from invented ones.
 *
 * Who has seen two weeks of one wave cannot know from them how long a wave goes
 * on; that is known of epidemics before.  For a group of places five hundred
 * others of the same sizes and with as many weeks known are made up: an
 * infection passes from who has it to who can get it, immunity is lost again,
 * contacts wander, and what is counted is a chance of what is there, week by
 * week reported a little better or worse for all.  They are measured as the
 * real group is (growth_field.h), and a regression per horizon says how far the
 * invented places moved.  No real record is used, and nothing is set per disease.
 *
 * Source   W. O. Kermack, A. G. McKendrick (1927), Proc. R. Soc. A 115, for the infection; M. Del
 *          Negro, F. Schorfheide (2004), Int. Econ. Rev. 45(2), for learning from artificial
 *          observations of a model first.
 * Threads  pure: the same sizes and weeks give the same answer.
 */
#pragma once
#include "forecast/model/growth_field.h"

/* effect[horizon][GROWTH_FEATURES]: how much, `1 + row` weeks ahead, places move
 * from their smoothed level.  Owned by the caller; NULL when no place has a scale. */
double *growth_prior(const GrowthField *field, const Task *task);
