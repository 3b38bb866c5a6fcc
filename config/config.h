/* config.h -- the configuration file, read once into plain settings.
 *
 * A Config is the whole of wardcast.yaml after every check that needs no
 * network: unknown keys, wrong types, bounds, names that refer to nothing.
 * Rooms are handed their own settings struct out of it.
 *
 * Errors   CONFIG_ERROR: one message with every complaint, a line each:
 *          "FILE:LINE: KEY: seen VALUE, wanted WANTED; REMEDY".  Secret values
 *          are never quoted.
 * Threads  a Config never changes after it was read.
 */
#pragma once
#include "daemon/settings.h"

typedef struct {
    char *path;
    DaemonSettings daemon;
    WarehouseSettings warehouse;
    ForecastSettings forecast;
    PlanSettings plan;
    GPtrArray *groups;   /* GroupSettings */
    GPtrArray *sources;  /* SourceSettings */
} Config;

#define CONFIG_ERROR (config_error_quark())
GQuark config_error_quark(void);
typedef enum { CONFIG_ERROR_FILE, CONFIG_ERROR_SETTING, CONFIG_ERROR_SECRET } ConfigError;

/* Read and check a file.  The caller owns the Config. */
Config *config_read(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a text that stands in for the file `path`. */
Config *config_read_text(const char *path, const char *text, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* The group with this id, or NULL. */
const GroupSettings *config_group(const Config *config, const char *id);

/* SHA-256 hex of the settings of a group that shape its rows (targets, plan,
 * forecast, zone), so that replay can tell a changed configuration.  Caller frees. */
char *config_group_hash(const Config *config, const GroupSettings *group);

/* The credential `name` from $CREDENTIALS_DIRECTORY, or from the folder
 * `credentials` beside the configuration file (which must not be readable by
 * others).  The caller wipes and frees it: config_secret_free(). */
char *config_secret(const Config *config, const char *name, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void config_secret_free(char *secret);

/* The table of settings for people: "text" (for --help), "man" (wardcast.yaml.5
 * in troff), "yaml" (sample file with every default and sentence).  NULL for any other
 * format; the caller frees it. */
char *config_document(const char *format);
