#include "forecast/kernel/seasonal.h"

#include <string.h>

#define LEVELS_BODY "forecast/kernel/seasonal_body.h"
#include "forecast/kernel/levels.h"

void seasonal_run(const SeasonalRates *rates, const gsize period[2], const double *z, gsize length, gboolean backwards,
                  SeasonalState *state, double squares[SEASONAL_LANES])
{
    LEVELS_CALL(walk, rates, period, z, length, backwards, state, squares);
}
