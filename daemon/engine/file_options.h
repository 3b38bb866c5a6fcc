/* file_options.h -- the command line of train, forecast and backtest on a CSV file.
 *
 * Threads  plain data.
 */
#pragma once
#include "forecast/model/outlook.h"

typedef enum { FILE_TRAIN, FILE_FORECAST, FILE_BACKTEST, FILE_COMMANDS } FileCommand;

enum { FILE_LEVELS_MOST = 99 };

typedef struct {
    FileCommand command;
    char *csv;
    gsize horizon;
    gsize season[2];          /* 0, 0 = as usual for the grain */
    gsize levels;
    double level[FILE_LEVELS_MOST];
    char *model_dir;          /* NULL = none */
    char **member;            /* NULL = all, and the backtest decides */
    char *output, *forecasts; /* NULL = none */
    gsize origins, stride;    /* stride 0 = the horizon */
    gsize refit;              /* steps that a classical fit serves later origins; 0 = none */
    char *exposure;           /* name of a covariate, NULL = none */
    char *timezone, *country; /* country NULL = no holidays */
    guint64 seed;
    gsize seeds, steps, threads; /* 0 = as usual */
    gboolean from_scratch;    /* leave the pretrained networks aside */
} FileOptions;

/* Read a command line.  FALSE with *error: a usage error, the message names
 * option, value seen and value wanted.  FALSE without: --help was printed. */
gboolean file_options_read(FileOptions *options, FileCommand command, int argc, char **argv, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void file_options_clear(FileOptions *options);
