/* weights.h -- the file that trained forecasters live in, and its two predecessors.
 *
 * Training is long and a disk can fill, tear or rot, so a file of weights says
 * of itself whether it is whole: magic, format version, length and SHA-256
 * stand before the content.  A new file replaces the old one in a single
 * rename after it is safely on the disk; the two files before it stay as
 * PATH.1 and PATH.2, to fall back on.
 *
 * Shapes   8 bytes "WARDCAST", format version (32 bit), zero (32 bit), length of the
 *          content (64 bit), SHA-256 of all other bytes (32 bytes), content; little-endian.
 * Units    sizes in bytes; nothing beyond WEIGHTS_MOST is written or read.
 * Errors   MODEL_ERROR_FILE; the message names the file and what to do.
 * Threads  one writer per path, whom a lock keeps apart from others; readers see the old file or the new one, whole.
 */
#pragma once
#include "forecast/model/member.h"

enum { WEIGHTS_VERSION = 1, WEIGHTS_HEADER = 56, WEIGHTS_GENERATIONS = 3 };
#define WEIGHTS_MOST ((gsize)1 << 30)

/* Content to file bytes; the caller owns the result. */
GBytes *weights_pack(GBytes *content);

/* File bytes to content.  `name` is what the message calls the file. */
GBytes *weights_unpack(GBytes *file, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Where a generation lives: 0 = path itself, 1 = path.1, 2 = path.2; free with g_free(). */
char *weights_path(const char *path, guint generation);

/* The checksum a file of weights names, as 64 hexadecimal digits; NULL when the
 * bytes are too few to hold one.  Free with g_free(). */
char *weights_checksum(GBytes *file);

/* Only one process at a time may move the generations of a path: the lock
 * stands in PATH.lock and is gone with the process at the latest.  Waits up to
 * half a minute for another one.  -1 with *error, else to be given back. */
int weights_lock(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void weights_unlock(int lock);

/* Under the lock: make `generation` (1 or 2) the current one and the current one
 * that generation, in one step.  The same call again takes it back. */
gboolean weights_exchange(const char *path, guint generation, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Write the content as generation 0 (takes the lock); the earlier ones move back by one, except
 * that a damaged generation 0 is dropped.  When it fails, what was there stays. */
gboolean weights_save(const char *path, GBytes *content, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The content of one generation. */
GBytes *weights_load(const char *path, guint generation, GError **error) G_GNUC_WARN_UNUSED_RESULT;
