/* secret.h -- read a secret from its credential file.
 *
 * Secrets live in files that systemd's LoadCredential= hands to the service, or
 * in the folder `credentials` beside the configuration file, never in the
 * configuration, an argument or an environment variable.
 *
 * Errors   CONFIG_ERROR_SECRET, naming the file and what to do; never its contents.
 * Threads  pure, but for the disk.
 */
#pragma once
#include <glib.h>

/* The secret `name`: from `given` ($CREDENTIALS_DIRECTORY; NULL = not set) if it
 * is there, else from `own`.  A file that other users can read, an empty one and
 * one beyond 64 KiB are refused; one line feed at the end is not part of the
 * secret.  The caller wipes and frees it with secret_free(). */
char *secret_read(const char *given, const char *own, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void secret_free(char *secret);
