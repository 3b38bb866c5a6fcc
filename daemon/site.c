#include "daemon/site.h"

#include "forecast/kernel/precision.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

Calendar *site_calendar(const GroupSettings *group, GError **error)
{
    g_autofree char *holidays = group->country ? calendar_holiday_file(group->country, error) : NULL;
    if (group->country != NULL && holidays == NULL) {
        g_prefix_error(error, "group %s: ", group->id);
        return NULL;
    }
    Calendar *calendar = calendar_new(group->timezone, holidays, error);
    if (calendar == NULL)
        g_prefix_error(error, "group %s: ", group->id);
    return calendar;
}

/* The secret of a credential, or NULL without error when none is named. */
static gboolean secret_of(const Config *config, const char *name, char **secret, GError **error)
{
    *secret = NULL;
    if (name == NULL || *name == '\0')
        return TRUE;
    *secret = config_secret(config, name, error);
    return *secret != NULL;
}

/* The server's own words have it in front already. */
static void name_warehouse(GError **error)
{
    if (error != NULL && !g_str_has_prefix((*error)->message, "warehouse: "))
        g_prefix_error(error, "warehouse: ");
}

Warehouse *site_warehouse(const Config *config, GError **error)
{
    char *secret;
    if (!secret_of(config, config->warehouse.password, &secret, error))
        return NULL;
    Warehouse *warehouse = warehouse_open(&config->warehouse, secret, error);
    config_secret_free(secret);
    if (warehouse == NULL)
        name_warehouse(error);
    return warehouse;
}

gboolean site_init(const Config *config, void (*say)(void *self, const char *line), void *self, GError **error)
{
    char *secret;
    if (!secret_of(config, config->warehouse.owner_password, &secret, error))
        return FALSE;
    gboolean made = warehouse_init(&config->warehouse, secret, say, self, error);
    config_secret_free(secret);
    if (!made)
        name_warehouse(error);
    return made;
}

/* The key of the stay hashes: SHA-256 of the credential, so that any length of secret gives 32 bytes. */
static gboolean stay_key(const Config *config, guint8 key[32], GError **error)
{
    char *secret;
    if (!secret_of(config, config->daemon.stay_key, &secret, error))
        return FALSE;
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)(secret ? secret : ""), -1);
    gsize length = 32;
    g_checksum_get_digest(sum, key, &length);
    config_secret_free(secret);
    return TRUE;
}

static gboolean has_stays(const SourceSettings *settings)
{
    for (guint f = 0; f < settings->feeds->len; f++)
        if (((const FeedSettings *)g_ptr_array_index(settings->feeds, f))->feed == FEED_STAYS)
            return TRUE;
    return FALSE;
}

Source *site_source(const Config *config, const SourceSettings *settings, GError **error)
{
    guint8 key[32] = {0};
    char *secret = NULL;
    Source *source = NULL;
    /* The key is only asked for where stays are read: a site that feeds counts needs none. */
    if ((!has_stays(settings) || stay_key(config, key, error)) && secret_of(config, settings->password, &secret, error))
        source = source_new(settings, secret, key, error);
    config_secret_free(secret);
    explicit_bzero(key, sizeof key);
    if (source == NULL)
        g_prefix_error(error, "source %s: ", settings->name);
    return source;
}

char *site_model_folder(const Config *config, const char *group)
{
    return g_build_filename(config->daemon.state_dir, "models", group, NULL);
}

gboolean site_make_folder(const char *folder, const char *setting, GError **error)
{
    gboolean there = g_mkdir_with_parents(folder, 0750) == 0;
    if (there && g_access(folder, W_OK | X_OK) == 0)
        return TRUE;
    int cause = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(cause), "cannot %s the folder %s: %s; give this account the right to, or change %s",
                there ? "write to" : "make", folder, g_strerror(cause), setting);
    return FALSE;
}

gboolean site_read_time(const char *text, const char *zone, Instant *at, GError **error)
{
    g_autoptr(GTimeZone) local = g_time_zone_new_identifier(zone);
    g_autofree char *whole = g_strdup(text);
    /* "2026-11-23T06:00" and "2026-11-23 06:00" are what people type; GLib wants seconds and a T. */
    if (strlen(whole) >= 16 && whole[10] == ' ')
        whole[10] = 'T';
    if (strlen(whole) == 10) {
        g_free(whole);
        whole = g_strconcat(text, "T00:00:00", NULL);
    } else if (strlen(whole) == 16) {
        char *longer = g_strconcat(whole, ":00", NULL);
        g_free(whole);
        whole = longer;
    }
    g_autoptr(GDateTime) time = local ? g_date_time_new_from_iso8601(whole, local) : NULL;
    if (time == NULL) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "time is \"%s\"; wanted such as 2026-11-23T06:00 (on the clock of %s) or 2026-11-23T12:00:00Z", text, zone);
        return FALSE;
    }
    *at = g_date_time_to_unix(time) * INSTANT_SECOND + g_date_time_get_microsecond(time);
    if (*at < 0 || *at > site_now() + 3653 * INSTANT_DAY) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, "time is \"%s\"; wanted one from 1970 to ten years ahead", text);
        return FALSE;
    }
    return TRUE;
}

Instant site_now(void)
{
    return g_get_real_time();
}

void site_choose_precision(const Config *config)
{
    precision_choose(g_strcmp0(config->forecast.precision, "single") == 0 ? PRECISION_SINGLE : PRECISION_AUTOMATIC);
}
