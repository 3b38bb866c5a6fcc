/* trust.h -- whom to believe of a ward that no training has seen.
 *
 * Without a release nothing says which member is good at a ward, but the ward
 * itself does, even after two weeks: what each member would have said halfway,
 * knowing half as much, beside what came.  A member's weight falls with its loss
 * by as many powers as there were seasons (days of hours, weeks of days) to judge
 * it on: seven days of hours tell a member that is half as good from the others,
 * and hardly one that is a little better; one week of days tells next to nothing.
 *
 * Source   the weights are those of a Laplace likelihood, whose scale is the mean loss: loss^-n
 *          with a season for one value, for the steps of a season err together.
 * Threads  may be asked from several threads at once, each about its own series.
 */
#pragma once
#include "daemon/engine/panel.h"

/* Days judged at most, and by so many steps may a fit of the Panel be old that is
 * asked about them (panel_keep_fits). */
enum { TRUST_DAYS = 28 };
gsize trust_steps(Grain grain);

/* weight[panel_members()] of the classical members for series number `number`
 * of the panel, from what is known before `origin`; they sum to 1.  FALSE, all 0,
 * when there is too little to judge by. */
gboolean trust_weights(Panel *panel, const Series *series, gsize number, gsize origin, gsize horizon, double *weight);
