/* pretrained.h -- networks that have seen a thousand invented hospitals, in a small file.
 *
 * A new ward has too little history to train a network on.  Networks that
 * learned from the prior (prior.h) know what wards are like; they serve as
 * they are, and as the place from which training on real series starts.  One
 * file per grain holds all networks and says how they were made, so that
 * anyone can make it again.
 *
 * Shapes   the file is one of weights.h; its content names grain, seed, steps and series, then of each
 *          network the bytes of network.h with the weights as IEEE half floats, little-endian.
 * Units    a weight loses what lies beyond 11 binary digits.
 * Errors   MODEL_ERROR_FILE: no file, a damaged one, or one of another release; the message says which.
 * Threads  after it is made it is only read.
 */
#pragma once
#include "forecast/model/network.h"

typedef struct {
    Grain grain;
    guint64 seed;
    gsize steps, series; /* of each network's training: steps asked for, series of the prior */
    Network *network[NETWORK_KINDS]; /* owned; NULL = not in it */
} Pretrained;

void pretrained_free(Pretrained *pretrained);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pretrained, pretrained_free)

/* How it is to be made; steps and series 0: as for the weights that ship. */
typedef struct {
    Grain grain;
    guint64 seed;
    gsize steps, series, threads;
    const Calendar *const *calendar; /* [calendars]: each invented hospital lies in one of these, in turn */
    gsize calendars;
    gboolean (*progress)(void *self, const char *what, double share, double loss); /* as in network.h */
    void *self;
} PretrainedOptions;

/* Let all networks learn from the prior.  MODEL_ERROR_MEMORY, MODEL_ERROR_STOPPED. */
Pretrained *pretrained_make(const PretrainedOptions *options, GError **error) G_GNUC_WARN_UNUSED_RESULT;

GBytes *pretrained_to_bytes(const Pretrained *pretrained);
Pretrained *pretrained_from_bytes(GBytes *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The file of a grain in a folder; free with g_free(). */
char *pretrained_path(const char *folder, Grain grain);
gboolean pretrained_save(const Pretrained *pretrained, const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What ships with the program: from $WARDCAST_PRETRAINED or the installed data folder. */
Pretrained *pretrained_load(Grain grain, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* IEEE 754 binary16 of a number, rounded to nearest even, and back. */
guint16 pretrained_half(float number);
float pretrained_number(guint16 half);
