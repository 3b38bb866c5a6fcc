#include "config/build.h" /* for renameat2() */

#include "forecast/model/weights.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAGIC = 8, AT_VERSION = 8, AT_ZERO = 12, AT_LENGTH = 16, AT_DIGEST = 24, DIGEST = 32 };
static const char magic[MAGIC + 1] = "WARDCAST";

/* ------------------------------------------------------------------ bytes */

static void digest_of(const guint8 *head, const guint8 *content, gsize length, guint8 digest[DIGEST])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = DIGEST;
    g_checksum_update(sum, head, AT_DIGEST);
    for (gsize done = 0; done < length;) { /* g_checksum_update() takes a signed length */
        gsize part = MIN(length - done, (gsize)1 << 24);
        g_checksum_update(sum, content + done, (gssize)part);
        done += part;
    }
    g_checksum_get_digest(sum, digest, &size);
}

GBytes *weights_pack(GBytes *content)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(content, &length);
    guint8 head[WEIGHTS_HEADER] = {0};
    guint32 version = GUINT32_TO_LE(WEIGHTS_VERSION);
    guint64 size = GUINT64_TO_LE(length);
    memcpy(head, magic, MAGIC);
    memcpy(head + AT_VERSION, &version, sizeof version);
    memcpy(head + AT_LENGTH, &size, sizeof size);
    digest_of(head, data, length, head + AT_DIGEST);
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_byte_array_append(file, head, WEIGHTS_HEADER);
    if (length > 0)
        g_byte_array_append(file, data, (guint)length);
    return g_byte_array_free_to_bytes(g_steal_pointer(&file));
}

static GBytes *refuse(const char *name, const char *why, GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE,
                "%s %s; it is left aside and the training before it is used while there is one: train again with \"wardcast train\"", name, why);
    return NULL;
}

GBytes *weights_unpack(GBytes *file, const char *name, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(file, &size);
    guint32 version, zero;
    guint64 length;
    guint8 digest[DIGEST];
    if (size < WEIGHTS_HEADER)
        return refuse(name, "is too short to be a file of weights", error);
    if (memcmp(data, magic, MAGIC) != 0)
        return refuse(name, "is no file of weights (it does not begin with WARDCAST)", error);
    memcpy(&version, data + AT_VERSION, sizeof version);
    memcpy(&zero, data + AT_ZERO, sizeof zero);
    memcpy(&length, data + AT_LENGTH, sizeof length);
    if (GUINT32_FROM_LE(version) != WEIGHTS_VERSION || zero != 0) {
        g_autofree char *why = g_strdup_printf("has format %u; this program reads format %d", GUINT32_FROM_LE(version), WEIGHTS_VERSION);
        return refuse(name, why, error);
    }
    if (GUINT64_FROM_LE(length) != size - WEIGHTS_HEADER)
        return refuse(name, "is truncated or has grown: its length is not the one it names", error);
    digest_of(data, data + WEIGHTS_HEADER, size - WEIGHTS_HEADER, digest);
    if (memcmp(digest, data + AT_DIGEST, DIGEST) != 0)
        return refuse(name, "is damaged: its checksum does not match", error);
    return g_bytes_new_from_bytes(file, WEIGHTS_HEADER, size - WEIGHTS_HEADER);
}

char *weights_checksum(GBytes *file)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(file, &size);
    if (size < WEIGHTS_HEADER)
        return NULL;
    GString *text = g_string_new(NULL);
    for (gsize k = 0; k < DIGEST; k++)
        g_string_append_printf(text, "%02x", data[AT_DIGEST + k]);
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ files */

enum { LOCK_TRIES = 300, LOCK_PAUSE_US = 100000 };

int weights_lock(const char *path, GError **error)
{
    g_autofree char *name = g_strconcat(path, ".lock", NULL);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0640), cause = errno;
    for (int k = 0; lock >= 0 && k < LOCK_TRIES; k++) {
        if (flock(lock, LOCK_EX | LOCK_NB) == 0)
            return lock;
        cause = errno;
        if (cause != EWOULDBLOCK && cause != EINTR)
            break;
        g_usleep(LOCK_PAUSE_US);
    }
    if (lock >= 0)
        (void)close(lock);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "cannot lock %s: %s; %s", name, cause == EWOULDBLOCK ? "another process holds it" : g_strerror(cause),
                cause == EWOULDBLOCK ? "wait for the training that writes there, then try again" : "give this account the right to write in its folder");
    return -1;
}

void weights_unlock(int lock)
{
    (void)close(lock);
}

char *weights_path(const char *path, guint generation)
{
    g_assert(generation < WEIGHTS_GENERATIONS);
    return generation == 0 ? g_strdup(path) : g_strdup_printf("%s.%u", path, generation);
}

GBytes *weights_load(const char *path, guint generation, GError **error)
{
    g_autofree char *name = weights_path(path, generation);
    g_autoptr(GError) cause = NULL;
    GStatBuf about;
    if (g_stat(name, &about) == 0 && (guint64)about.st_size > WEIGHTS_MOST)
        return refuse(name, "is larger than 1 GiB, which no file of weights is", error);
    char *data;
    gsize length;
    if (!g_file_get_contents(name, &data, &length, &cause)) {
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "cannot read weights: %s; train with \"wardcast train\"", cause->message);
        return NULL;
    }
    g_autoptr(GBytes) file = g_bytes_new_take(data, length);
    return weights_unpack(file, name, error);
}

static gboolean fail_to_write(const char *path, const char *why, GError **error)
{
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE,
                "cannot write weights to %s: %s; the earlier weights stay in use: make room on the disk or correct the folder, then train again", path, why);
    return FALSE;
}

/* Generation 0 becomes 1 and 1 becomes 2; the path itself never vanishes. */
static void move_back(const char *path)
{
    g_autoptr(GBytes) whole = weights_load(path, 0, NULL);
    if (whole == NULL)
        return;
    g_autofree char *first = weights_path(path, 1), *second = weights_path(path, 2);
    g_rename(first, second);
    if (link(path, first) != 0) /* a file system without hard links */
        g_rename(path, first);
}

/* A rename is on the disk only when its folder is. */
static void sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

gboolean weights_exchange(const char *path, guint generation, GError **error)
{
    g_autofree char *other = weights_path(path, generation), *aside = g_strconcat(path, ".aside", NULL);
    g_assert(generation > 0);
    gboolean done = renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE) == 0;
    /* A file system without that call: three renames, and the path itself never vanishes. */
    if (!done && (errno == EINVAL || errno == ENOSYS))
        done = (g_unlink(aside) == 0 || errno == ENOENT) && link(path, aside) == 0 && g_rename(other, path) == 0 && g_rename(aside, other) == 0;
    int cause = errno;
    if (done)
        sync_folder(path);
    else
        g_set_error(error, MODEL_ERROR, MODEL_ERROR_FILE, "cannot exchange %s and %s: %s; the first is whole and stays in use", path, other, g_strerror(cause));
    return done;
}

static gboolean save_locked(const char *path, GBytes *content, GError **error)
{
    g_autofree char *fresh = g_strconcat(path, ".new", NULL);
    g_autoptr(GBytes) file = weights_pack(content);
    g_autoptr(GError) cause = NULL;
    gsize size;
    const char *data = g_bytes_get_data(file, &size);
    if (!g_file_set_contents_full(fresh, data, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640, &cause)) {
        g_unlink(fresh);
        return fail_to_write(path, cause->message, error);
    }
    move_back(path);
    if (g_rename(fresh, path) != 0) {
        int code = errno;
        g_unlink(fresh);
        return fail_to_write(path, g_strerror(code), error);
    }
    sync_folder(path);
    return TRUE;
}

gboolean weights_save(const char *path, GBytes *content, GError **error)
{
    if (g_bytes_get_size(content) > WEIGHTS_MOST - WEIGHTS_HEADER)
        return fail_to_write(path, "they are larger than 1 GiB", error);
    int lock = weights_lock(path, error);
    if (lock < 0)
        return FALSE;
    gboolean saved = save_locked(path, content, error);
    weights_unlock(lock);
    return saved;
}
