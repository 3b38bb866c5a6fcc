/* setting.h -- the one table of settings: a row per setting, a row per section.
 *
 * Everything that knows settings works from these rows: the reader, the bounds,
 * the messages, the man page, the sample file, --help and the hash of what
 * shapes a group's rows.  A new setting is one new row (and its field).
 *
 * Units    durations are seconds, sizes bytes, clock times minutes of the day.
 * Missing  a text that was not given and has no default is NULL.
 * Threads  the tables never change.
 */
#pragma once
#include <glib.h>

typedef enum {
    SETTING_TEXT,       /* char *: one line */
    SETTING_ID,         /* char *: a-z 0-9 _ - */
    SETTING_CHOICE,     /* char *: one of the row's choices */
    SETTING_PATH,       /* char *: absolute */
    SETTING_ZONE,       /* char *: IANA time zone */
    SETTING_COUNTRY,    /* char *: ISO 3166 alpha-2 */
    SETTING_ADDRESS,    /* char *: numeric address and port, or empty */
    SETTING_CREDENTIAL, /* char *: name of a credential, never the secret itself */
    SETTING_CONNINFO,   /* char *: where a PostgreSQL is, without its password */
    SETTING_SQL,        /* char *: one SELECT */
    SETTING_SLOT,       /* in lists only: "06:00", or "every 4h" which stands for all its times from 00:00 on */
    SETTING_COUNT,      /* guint or guint64 */
    SETTING_NUMBER,     /* double */
    SETTING_SHARE,      /* double, 0..1 */
    SETTING_DURATION,   /* guint, seconds */
    SETTING_SIZE,       /* guint64, bytes */
    SETTING_CLOCK,      /* guint, minute of the day */
    SETTING_GRAIN,      /* Grain */
    SETTING_FEED,       /* Feed */
    SETTING_TYPES
} SettingType;

typedef enum {
    SETTING_REQUIRED = 1 << 0,
    SETTING_LIST = 1 << 1,    /* char **, NULL-terminated; each item has the row's type */
    SETTING_RESTART = 1 << 2, /* a change needs a restart; all others take effect on reload */
    SETTING_SHAPES = 1 << 3,  /* shapes the rows of a run, so it is part of config_group_hash() */
    SETTING_LATER = 1 << 4,   /* came after runs were stored: left out of that hash where it has its standard, or is not given */
    /* of a text: part of keys in the warehouse, so of at most SETTING_KEY_BYTES bytes in UTF-8 */
    SETTING_KEY = 1 << 5
} SettingFlags;

enum { SETTING_KEY_BYTES = 128 };

typedef struct {
    const char *section;   /* "groups[]" */
    const char *name;      /* "timezone" */
    SettingType type;
    int flags;             /* SettingFlags */
    double least, most;    /* inclusive; of a text: its length; of a list: its items' */
    const char *standard;  /* default, as it would be written; items apart by one blank; NULL = none */
    const char *otherwise; /* without a default: what holds when it is left out, for people */
    const char *example;   /* a value that passes, as it would be written; NULL = the default */
    const char *choices;   /* SETTING_CHOICE: words apart by one blank */
    const char *unit;      /* of a count or number, for people: "days", "beds" */
    gsize offset, size;    /* of the field in the section's struct */
    const char *sentence;
} Setting;

typedef struct {
    const char *key;       /* "groups[].targets[]"; a section whose key ends in [] is a list of mappings */
    const char *parent;    /* key of the section around it, "" at the top */
    const char *name;      /* "targets" */
    gsize offset;          /* of the struct, or of the GPtrArray *, in the parent's struct */
    gsize size;            /* of one item of a list */
    GDestroyNotify free;   /* of one item of a list */
    const char *standard;  /* list: its default as YAML; NULL = at least one item must be written */
    const char *sentence;
} SettingSection;

extern const Setting setting[];
extern const gsize settings;
extern const SettingSection setting_section[];
extern const gsize setting_sections;

/* The row or the section with this name directly inside section `key`, or NULL. */
const Setting *setting_find(const char *section, const char *name);
const SettingSection *setting_section_find(const char *section, const char *name);
const SettingSection *setting_section_by_key(const char *key);

gboolean setting_section_is_list(const SettingSection *section);

/* "groups[].schedule[]": the setting's full name; the caller frees it. */
char *setting_key(const Setting *row);

/* The known name inside section `key` that is most like `name`; never NULL. */
const char *setting_nearest(const char *section, const char *name);

/* Free what a section's struct owns, by its rows; the struct itself stays, all zero in those fields. */
void setting_clear(const char *section, gpointer fields);
