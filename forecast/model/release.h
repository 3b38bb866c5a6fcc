/* release.h -- everything one group of series needs to be forecast, in one file.
 *
 * Training ends in a Release: the networks, for each series how much every
 * member may say and whether a network may speak at all, the calibration, and
 * how past forecasts erred together (for sample paths).  A forecast needs the
 * Release and the latest values, nothing else.
 *
 * Shapes   weight[members] per series, sum 1; score[series][origins][horizon].
 * Units    steps are civil steps of the grain (grain.h); scores are normal scores
 *          (0 = the median, 1.96 = the 97.5 % quantile).
 * Errors   MODEL_ERROR_FILE: the file is not what it should be; the message says what to do.
 * Threads  after it is made it is only read.
 */
#pragma once
#include "forecast/model/calibrate.h"
#include "forecast/model/network.h"

enum { RELEASE_MEMBERS_MOST = 16 };

typedef struct {
    char *id;        /* of the series; empty for the group's own row */
    double *weight;  /* [members] */
    gboolean network; /* a network may publish: the backtest found it no worse than the classical members */
    char *verdict;   /* one sentence for people: what publishes and why */
} ReleaseRow;

/* How the backtest went for one member, all series together; MISSING where
 * nothing could be scored. */
typedef struct {
    double mase, wape, wql, coverage80, coverage95, pinball;
    double against, low, high; /* pinball loss against naive's as a share of it, below 0 is better, and its 95 % interval */
} ReleaseFigures;

typedef struct Release Release;

struct Release {
    Grain grain;
    gsize season[2];
    gsize horizon;
    guint64 seed;
    gint64 since;            /* first step that training looked at */
    gint64 watermark;        /* step after the newest value that training looked at */
    char *program;           /* version of the program that made it; NULL = not said */
    guint64 steps;           /* optimiser steps asked for per network; 0 = as usual for the grain */
    double seconds;          /* training time asked for per network; 0 = no limit */
    char *only;              /* members asked for, with commas; NULL = all, and the backtest decides */
    gsize members;
    char **member;           /* [members] names, in the order of the weights */
    Network *network[NETWORK_KINDS]; /* NULL = not part of it */
    ReleaseRow group;        /* for a series the Release does not know */
    gsize series;
    ReleaseRow *row;         /* [series] */
    Calibration *calibration; /* of the rows, in their order */
    gsize origins;
    gint16 *score;           /* normal scores of the backtest x 1000; RELEASE_SCORE_NONE = not known */
    ReleaseFigures *figures; /* [members + 1]: of each member and, last, of what was released; NULL = none */
    char *card;              /* the backtest in words and numbers, plain text */
    GHashTable *place;       /* id -> row number + 1 */
};
#define RELEASE_SCORE_NONE G_MININT16

void release_free(Release *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Release, release_free)

/* Make `place` for the rows; FALSE when two rows have the same id. */
gboolean release_index(Release *release) G_GNUC_WARN_UNUSED_RESULT;

/* The row number of a series, RELEASE_UNKNOWN when training did not see it. */
#define RELEASE_UNKNOWN CALIBRATE_GROUP
gsize release_find(const Release *release, const char *id);

/* The row of that number; of RELEASE_UNKNOWN the group's own. */
const ReleaseRow *release_row(const Release *release, gsize number);

/* Normal scores [origins][horizon] of that row; NULL of RELEASE_UNKNOWN. */
const gint16 *release_scores(const Release *release, gsize number);

/* To bytes and back; nothing a file holds can make the reader crash or take
 * more memory than a small multiple of the file's size. */
GBytes *release_to_bytes(const Release *release);
Release *release_from_bytes(GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file of a grain's release in a folder of models; free with g_free(). */
char *release_path(const char *folder, Grain grain);

/* Write it (weights.h: durable, two generations kept). */
gboolean release_save(const Release *release, const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Read one generation (0 = the current one), whatever the others are. */
Release *release_load_generation(const char *path, guint generation, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Read the newest whole generation.  `generation` (may be NULL) says which it
 * is: above 0 means that newer ones were refused, and `remark` (may be NULL, free
 * it) why.  With none at all the error is that of the newest: the caller goes
 * on with the classical members. */
Release *release_load(const char *path, guint *generation, char **remark, GError **error) G_GNUC_WARN_UNUSED_RESULT;
