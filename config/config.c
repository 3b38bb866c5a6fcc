#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/check.h"
#include "config/document.h"
#include "config/secret.h"
#include "config/value.h"

/* A hospital group with a thousand sources fits many times over. */
enum { FILE_MOST = 1 << 20 };

G_DEFINE_QUARK(config-error-quark, config_error)

void config_free(Config *config)
{
    if (!config)
        return;
    setting_clear("", config);
    g_free(config->path);
    g_free(config);
}

Config *config_read_text(const char *path, const char *text, gsize length, GError **error)
{
    g_autoptr(Config) config = g_new0(Config, 1);
    g_autoptr(Complaints) complaints = complaints_new(path);
    config->path = g_strdup(path);
    g_autoptr(Lines) lines = reader_fill(config, text, length, complaints);
    if (config->groups) /* not when the text was no YAML at all */
        check_config(config, lines, complaints);
    if (complaints_count(complaints) == 0)
        return g_steal_pointer(&config);
    g_autofree char *message = complaints_text(complaints);
    g_set_error_literal(error, CONFIG_ERROR, CONFIG_ERROR_SETTING, message);
    return NULL;
}

static gboolean refuse_file(GError **error, const char *path, const char *seen, const char *remedy)
{
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE, "%s: seen %s, wanted a YAML file of at most 1 MiB; %s", path, seen, remedy);
    return FALSE;
}

static gboolean check_file(const char *path, int file, GError **error)
{
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_FILE,
                    "%s: cannot be read: %s; name the configuration with --config, or check the file's owner and mode (`wardcast help sample` prints one to begin with)", path,
                    g_strerror(errno));
        return FALSE;
    }
    if (!S_ISREG(status.st_mode))
        return refuse_file(error, path, S_ISDIR(status.st_mode) ? "a folder" : "something that is not a plain file", "name the file itself");
    if (status.st_size > FILE_MOST)
        return refuse_file(error, path, "a larger file", "is it the right one?");
    return TRUE;
}

/* At most one byte more than allowed is read, so that a file that grows meanwhile is noticed. */
static char *read_file(const char *path, gsize *length, GError **error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    g_autofree char *text = g_malloc(FILE_MOST + 1);
    gboolean good = check_file(path, file, error);
    gssize got = 1;
    for (*length = 0; good && got > 0 && *length <= FILE_MOST; *length += (gsize)MAX(got, 0))
        got = read(file, text + *length, FILE_MOST + 1 - *length);
    if (good && got < 0)
        good = refuse_file(error, path, g_strerror(errno), "check the disk");
    else if (good && *length > FILE_MOST)
        good = refuse_file(error, path, "a larger file", "is it the right one?");
    if (file >= 0)
        close(file);
    return good ? g_steal_pointer(&text) : NULL;
}

Config *config_read(const char *path, GError **error)
{
    gsize length;
    g_autofree char *text = read_file(path, &length, error);
    return text ? config_read_text(path, text, length, error) : NULL;
}

const GroupSettings *config_group(const Config *config, const char *id)
{
    for (guint i = 0; i < config->groups->len; i++) {
        const GroupSettings *group = config->groups->pdata[i];
        if (g_str_equal(group->id, id))
            return group;
    }
    return NULL;
}

/* --- hash ----------------------------------------------------------------- */

static void hash_text(GChecksum *sum, const char *text)
{
    /* The ending zero keeps "ab","c" apart from "a","bc". */
    g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

/* All rows of a section that shape a run, and of the sections inside it. */
static void hash_section(GChecksum *sum, const char *section, gconstpointer fields)
{
    for (gsize i = 0; i < settings; i++) {
        if (!g_str_equal(setting[i].section, section) || !(setting[i].flags & SETTING_SHAPES))
            continue;
        g_autofree char *key = setting_key(&setting[i]), *value = value_print(&setting[i], fields);
        if ((setting[i].flags & SETTING_LATER) && g_strcmp0(value, setting[i].standard) == 0)
            continue;
        hash_text(sum, key);
        hash_text(sum, value ? "given" : "not given");
        hash_text(sum, value ? value : "");
    }
    for (gsize i = 0; i < setting_sections; i++) {
        const SettingSection *inner = &setting_section[i];
        if (!g_str_equal(inner->parent, section) || !setting_section_is_list(inner))
            continue;
        const GPtrArray *item = *(GPtrArray *const *)((const char *)fields + inner->offset);
        for (guint k = 0; k < item->len; k++)
            hash_section(sum, inner->key, item->pdata[k]);
    }
}

char *config_group_hash(const Config *config, const GroupSettings *group)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    hash_section(sum, "groups[]", group);
    for (guint i = 0; i < config->sources->len; i++) {
        const SourceSettings *source = config->sources->pdata[i];
        if (g_str_equal(source->group, group->id)) {
            hash_text(sum, source->name);
            hash_section(sum, "sources[]", source);
        }
    }
    hash_section(sum, "forecast", &config->forecast);
    hash_section(sum, "plan", &config->plan);
    return g_strdup(g_checksum_get_string(sum));
}

/* --- secrets and documents ------------------------------------------------ */

char *config_secret(const Config *config, const char *name, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(config->path), *own = g_build_filename(folder, "credentials", NULL);
    return secret_read(g_getenv("CREDENTIALS_DIRECTORY"), own, name, error);
}

void config_secret_free(char *secret)
{
    secret_free(secret);
}

char *config_document(const char *format)
{
    return document_new(format);
}
