/* options.h -- the command line options that several commands share.
 *
 * Threads  the main thread's own.
 */
#pragma once
#include "config/config.h"
#include "connectors/out/warehouse.h"
#include "forecast/series/calendar.h"

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

/* Print the help when it is asked for anywhere, even beside what is wrong. */
gboolean options_help(GOptionContext *context, int argc, char **argv);

/* What train, forecast, backtest and explain read a CSV file by. */
typedef struct {
    char *csv, *timezone, *country; /* timezone NULL = UTC; country NULL = no holidays */
} OptionsFile;
void options_file_clear(OptionsFile *file);

/* Their entries, the last one empty; they fill in *file, which must outlive them. */
enum { OPTIONS_FILE_ENTRIES = 4 };
void options_file_entries(OptionsFile *file, GOptionEntry entry[OPTIONS_FILE_ENTRIES]);

/* The calendar of a zone (NULL: UTC) and a country's holidays (NULL: none). */
Calendar *options_calendar(const char *zone, const char *country, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tell an error of such a command on standard error, and of a wrong command line where
 * the right one is told; the exit code that fits it. */
int options_file_fail(const char *command, const GError *error);

/* The configuration named by --config (default /etc/wardcast/wardcast.yaml);
 * also refuses a --group that it does not have, and lets the networks multiply as it says. */
Config *options_config(const Options *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Parse, read the configuration and open the warehouse; -1 to go on with both,
 * which are the caller's, else the exit code to end with (the error was told). */
int options_open(Options *options, OptionSet wanted, const char *sentence, int argc, char **argv, Config **config, Warehouse **warehouse);

/* Is this group meant: the one named by --group, or any where none was? */
gboolean options_means(const Options *options, const GroupSettings *group);

/* Tell an error on standard error; the exit code that fits its domain. */
int options_fail(const GError *error);
