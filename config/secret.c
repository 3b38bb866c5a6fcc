#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"

enum { SECRET_MOST = 65536 };

void secret_free(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

G_GNUC_PRINTF(2, 3)
static gboolean refuse(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, CONFIG_ERROR, CONFIG_ERROR_SECRET, message);
    return FALSE;
}

/* Where systemd grants access by an access list, the mode of root's file shows the list's mask in the group's place. */
static gboolean is_private(const struct stat *status, gboolean given)
{
    mode_t foreign = status->st_mode & (S_IRWXG | S_IRWXO);
    return foreign == 0 || (given && status->st_uid == 0 && foreign == S_IRGRP);
}

static gboolean check_file(const char *path, const struct stat *status, gboolean given, GError **error)
{
    if (!S_ISREG(status->st_mode))
        return refuse(error, "credential %s is not a plain file; put the secret into a plain file", path);
    if (!is_private(status, given))
        return refuse(error, "credential %s has mode %04o, wanted 0600 or 0400; run: chmod 600 %s", path,
                      (unsigned)(status->st_mode & 07777), path);
    if (status->st_size == 0)
        return refuse(error, "credential %s is empty; write the secret into it", path);
    if (status->st_size > SECRET_MOST)
        return refuse(error, "credential %s has %lld bytes, wanted at most %d; is it the right file?", path,
                      (long long)status->st_size, SECRET_MOST);
    return TRUE;
}

/* Up to `most` bytes; -1 on failure with errno set. */
static gssize read_all(int file, char *buffer, gsize most)
{
    gsize length = 0;
    while (length < most) {
        gssize got = read(file, buffer + length, most - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (gsize)got;
    }
    return (gssize)length;
}

static gboolean check_text(const char *path, char *secret, gsize length, GError **error)
{
    if (length > 0 && secret[length - 1] == '\n')
        secret[--length] = '\0';
    if (length > SECRET_MOST)
        return refuse(error, "credential %s has more than %d bytes; is it the right file?", path, SECRET_MOST);
    if (length == 0)
        return refuse(error, "credential %s is empty; write the secret into it", path);
    if (strlen(secret) != length)
        return refuse(error, "credential %s holds a zero byte, wanted text; write it in base64 or hexadecimal", path);
    return TRUE;
}

static char *read_file(int file, const char *path, gboolean given, GError **error)
{
    struct stat status;
    if (fstat(file, &status) != 0) {
        refuse(error, "credential %s: %s", path, g_strerror(errno));
        return NULL;
    }
    if (!check_file(path, &status, given, error))
        return NULL;
    char *secret = g_malloc0(SECRET_MOST + 3);
    gssize length = read_all(file, secret, SECRET_MOST + 2);
    if (length < 0)
        refuse(error, "credential %s: %s", path, g_strerror(errno));
    else if (check_text(path, secret, (gsize)length, error))
        return secret;
    explicit_bzero(secret, SECRET_MOST + 3);
    g_free(secret);
    return NULL;
}

/* TRUE when the file is there, readable or not. */
static gboolean try_folder(const char *folder, const char *name, gboolean given, char **secret, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
        return FALSE;
    if (file < 0) {
        refuse(error, "credential %s cannot be opened (%s); it must belong to the account that runs wardcast", path, g_strerror(errno));
        return TRUE;
    }
    *secret = read_file(file, path, given, error);
    close(file);
    return TRUE;
}

static gboolean is_name(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

char *secret_read(const char *given, const char *own, const char *name, GError **error)
{
    char *secret = NULL;
    if (!is_name(name))
        refuse(error, "a credential's name is empty, begins with \".\" or holds a \"/\"; give the name of a file in %s", own);
    else if (!(given && try_folder(given, name, TRUE, &secret, error)) && !try_folder(own, name, FALSE, &secret, error))
        refuse(error, "no credential \"%s\"%s%s and none in %s; add LoadCredential=%s:/PATH to the unit, or write the secret to %s/%s with mode 0600",
               name, given ? " in " : "", given ? given : "", own, name, own, name);
    return secret;
}
