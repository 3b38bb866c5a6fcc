/* options.h -- the command line options that several commands share.
 *
 * Threads  the main thread's own.
 */
#pragma once
#include "config/config.h"

typedef struct {
    char *config, *group, *as_of;
    gint64 run;
    gboolean dry_run, offline;
} Options;

typedef enum {
    OPTION_CONFIG = 1,
    OPTION_GROUP = 2,
    OPTION_AS_OF = 4,
    OPTION_DRY_RUN = 8,
    OPTION_RUN = 16,
    OPTION_OFFLINE = 32
} OptionSet;

void options_clear(Options *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* Parse; -1 to go on, else the exit code to end with (help shown, or a usage
 * error told).  A required option that is missing is a usage error. */
int options_parse(Options *options, OptionSet wanted, const char *sentence, int argc, char **argv);

/* The configuration named by --config (default /etc/wardcast/wardcast.yaml);
 * also refuses a --group that it does not have. */
Config *options_config(const Options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tell an error on standard error; the exit code that fits its domain. */
int options_fail(const GError *error);
