#include "forecast/model/calibrate.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

/* Whatever is accepted must give ordered, finite quantiles. */
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(Calibration) calibration = calibrate_from_bytes(bytes, &error);
    g_assert((calibration == NULL) == (error != NULL));
    if (calibration == NULL)
        return 0;
    g_autoptr(Outlook) outlook = outlook_new("fuzz", 0, 12);
    for (gsize k = 0; k < 12 * OUTLOOK_LEVELS; k++)
        outlook->quantile[k] = 10.0 + outlook_probit[k % OUTLOOK_LEVELS];
    calibrate_apply(calibration, calibrate_series(calibration) > 0 ? 0 : CALIBRATE_GROUP, TRUE, outlook);
    for (gsize k = 0; k < 12 * OUTLOOK_LEVELS; k++) {
        g_assert(isfinite(outlook->quantile[k]));
        g_assert(k % OUTLOOK_LEVELS == 0 || outlook->quantile[k] >= outlook->quantile[k - 1]);
    }
    return 0;
}
