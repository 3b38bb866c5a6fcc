/* ets_search.h -- which smoother suits a series, and with which parameters.
 *
 * Among no or a damped trend and no, one or two patterns, each with the
 * parameters of least squared errors, the one of smallest corrected Akaike
 * criterion.  A search ends when its corners differ by less than a twentieth of
 * what one parameter more would have to bring; a candidate that lies hopelessly
 * behind is given up.
 *
 * Missing  not learnt from.
 * Source   as ets.h; K. P. Burnham, D. R. Anderson (2002), Model Selection and Multimodel Inference,
 *          2.6: a model ten units behind has essentially no support.
 * Threads  pure.
 */
#pragma once
#include "forecast/model/ets.h"

/* Smaller errors are rounding; a forecast of no spread at all cannot be scored. */
#define ETS_SEARCH_LEAST_SD 1e-3

/* `known` of z[0 .. length-1] are no NaN.  FALSE: no candidate's squared errors are finite. */
gboolean ets_search_best(EtsShape *best, const double *z, gsize length, gsize known, const gsize season[2]);
