/* card.h -- the model card: what a Release was made of, and how well it did.
 *
 * Whoever answers for a forecast must be able to say which data it learnt from,
 * who speaks in it and how it did on days it had not seen.  The figures are
 * those of the backtest that chose the weights, so those of the released
 * forecast are a little kind to it; `wardcast backtest` gives the unkind ones.
 *
 * Threads  pure.
 */
#pragma once
#include "forecast/judge/backtest.h"
#include "forecast/model/release.h"

/* Fill release->figures from the backtest of its members; released: what would
 * have been published, [series][origins][horizon][OUTLOOK_LEVELS], NaN where
 * nothing was; scale[series]: what MASE counts in. */
void card_judge(Release *release, const Backtest *backtest, const float *released, const double *scale);

/* The table of figures; each free with g_free(). */
char *card_table(const Release *release);

/* The whole card: what it was made of, then release->card. */
char *card_text(const Release *release);

/* The same for programs, as the members of a JSON object, without its braces. */
char *card_json(const Release *release);

/* "ridge 62 %, ets 38 %": the group's weights, largest first. */
char *card_publishers(const Release *release);

/* One sentence for readers of a brief: who forecasts, and how well in the backtest. */
char *card_sentence(const Release *release);

/* All parameters of the networks; 0 without any. */
gsize card_parameters(const Release *release);

/* Civil date of a step's first day, YYYY-MM-DD. */
char *card_date(Grain grain, gint64 step);
