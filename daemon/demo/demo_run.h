/* demo_run.h -- the main job on the sample hospitals: pull, train, two mornings, the brief.
 *
 * Each sample is seen as of two mornings near the end of its data.  The models
 * are trained with what was known on the first, which is then published; the
 * second a day later can say what was wrong yesterday.  What is done already is
 * not done again: facts by their watermark, training by a stamp of program and
 * configuration, a morning by its run in the ledger.
 *
 * Errors   DEMO_ERROR_STEP: a command of this program failed, and said why;
 *          else as of config.h, warehouse.h and source.h.
 * Threads  one caller at a time.
 */
#pragma once
#include <glib.h>

typedef struct {
    const char *config; /* path of wardcast.yaml */
    const char *state;  /* folder */
    gboolean train_again;
    void (*say)(void *self, const char *line);
    void *self;
} DemoRun;

gboolean demo_run(const DemoRun *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;
