#include "connectors/in/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "connectors/wire/pg.h"

struct Mapping {
    Feed feed;
    gssize place[FEED_MAX_COLUMNS]; /* index among the query's columns; -1 = not there */
    guint fits[FEED_MAX_COLUMNS];
    char *type[FEED_MAX_COLUMNS];   /* NULL = not there */
    gssize stay;                    /* the feed's column that holds stay ids; -1 = none */
    char *ignored;
};

/* Edit distance: R. A. Wagner, M. J. Fischer (1974), JACM 21(1). */
static guint distance(const char *a, const char *b)
{
    gsize wide = strlen(b);
    g_autofree guint *row = g_new(guint, wide + 1);
    for (gsize j = 0; j <= wide; j++)
        row[j] = (guint)j;
    for (gsize i = 0; a[i]; i++) {
        guint diagonal = row[0];
        row[0] = (guint)i + 1;
        for (gsize j = 0; j < wide; j++) {
            guint swap = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(swap, MIN(diagonal, row[j]) + 1);
        }
    }
    return row[wide];
}

static const char *nearest(const char *wanted, const MappingColumn *column, gsize columns)
{
    const char *best = NULL;
    guint least = G_MAXUINT;
    for (gsize c = 0; c < columns; c++) {
        guint far = distance(wanted, column[c].name);
        if (far < least) {
            least = far;
            best = column[c].name;
        }
    }
    return best;
}

static char *names_of_feed(const FeedShape *shape)
{
    GString *names = g_string_new(NULL);
    for (gsize c = 0; c < shape->columns; c++)
        g_string_append_printf(names, "%s%s%s", c ? ", " : "", shape->column[c].name, shape->column[c].required ? "" : " (optional)");
    return g_string_free(names, FALSE);
}

static void set_missing(const FeedShape *shape, const FeedColumn *wanted, const MappingColumn *column, gsize columns, GError **error)
{
    g_autofree char *names = names_of_feed(shape);
    const char *near = nearest(wanted->name, column, columns);
    g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED, "column %s is missing%s%s; the columns of feed %s are %s", wanted->name,
                near ? ", the nearest seen is " : " (the query returns no columns)", near ? near : "", shape->name, names);
}

static gboolean check_type(const FeedColumn *wanted, const MappingColumn *seen, GError **error)
{
    static const struct { guint fit; const char *wanted; } table[] = {
        [CELL_TEXT] = {MAPPING_TEXT, "text"}, [CELL_TIME] = {MAPPING_TIME, "timestamp with time zone"}, [CELL_NUMBER] = {MAPPING_NUMBER, "a number"},
    };
    if (seen->fits & table[wanted->type].fit)
        return TRUE;
    if (wanted->type == CELL_TIME && (seen->fits & MAPPING_LOCAL_TIME))
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED,
                    "column %s is %s, which does not say the zone; wanted timestamp with time zone: "
                    "write (%s::timestamp AT TIME ZONE 'Area/City') AS %s in the mapping, with the zone its clock shows",
                    wanted->name, seen->type, wanted->name, wanted->name);
    else
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED, "column %s is %s; wanted %s: cast it in the mapping if it holds that",
                    wanted->name, seen->type, table[wanted->type].wanted);
    return FALSE;
}

/* Find one column of the feed among those of the query. */
static gboolean place_column(Mapping *mapping, gsize c, const MappingColumn *column, gsize columns, gboolean *used, GError **error)
{
    const FeedShape *shape = &feed_shape[mapping->feed];
    const FeedColumn *wanted = &shape->column[c];
    mapping->place[c] = -1;
    for (gsize i = 0; i < columns; i++) {
        if (!g_str_equal(column[i].name, wanted->name))
            continue;
        if (mapping->place[c] >= 0) {
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_CHANGED, "column %s comes twice; wanted it once: rename the other", wanted->name);
            return FALSE;
        }
        if (!check_type(wanted, &column[i], error))
            return FALSE;
        mapping->place[c] = (gssize)i;
        mapping->fits[c] = column[i].fits;
        mapping->type[c] = g_strdup(column[i].type);
        used[i] = TRUE;
    }
    if (mapping->place[c] < 0 && wanted->required) {
        set_missing(shape, wanted, column, columns, error);
        return FALSE;
    }
    return TRUE;
}

Mapping *mapping_new(Feed feed, const MappingColumn *column, gsize columns, GError **error)
{
    g_autoptr(Mapping) mapping = g_new0(Mapping, 1);
    g_autofree gboolean *used = g_new0(gboolean, columns + 1);
    mapping->feed = feed;
    mapping->stay = -1;
    for (gsize c = 0; c < feed_shape[feed].columns; c++) {
        if (!place_column(mapping, c, column, columns, used, error))
            return NULL;
        if (g_str_equal(feed_shape[feed].column[c].name, "stay"))
            mapping->stay = (gssize)c;
    }
    g_autoptr(GString) ignored = g_string_new(NULL);
    for (gsize i = 0; i < columns; i++)
        if (!used[i])
            g_string_append_printf(ignored, "%s%s", ignored->len ? ", " : "", column[i].name);
    if (ignored->len > 0)
        mapping->ignored = g_strdup(ignored->str);
    return g_steal_pointer(&mapping);
}

void mapping_free(Mapping *mapping)
{
    if (mapping == NULL)
        return;
    for (gsize c = 0; c < FEED_MAX_COLUMNS; c++)
        g_free(mapping->type[c]);
    g_free(mapping->ignored);
    g_free(mapping);
}

gsize mapping_found(const Mapping *mapping)
{
    gsize found = 0;
    for (gsize c = 0; c < feed_shape[mapping->feed].columns; c++)
        found += mapping->place[c] >= 0;
    return found;
}

const char *mapping_ignored(const Mapping *mapping)
{
    return mapping->ignored;
}

char *mapping_change(const Mapping *before, const Mapping *now)
{
    const FeedShape *shape = &feed_shape[before->feed];
    for (gsize c = 0; c < shape->columns; c++) {
        if (before->type[c] == NULL || g_strcmp0(before->type[c], now->type[c]) == 0)
            continue;
        return g_strdup_printf("column %s was %s and is %s", shape->column[c].name, before->type[c],
                               now->type[c] ? now->type[c] : "gone");
    }
    return NULL;
}

static char *hash_of_stay(const char *stay, const guint8 key[32])
{
    g_autofree char *hex = g_compute_hmac_for_string(G_CHECKSUM_SHA256, key, 32, stay, -1);
    return g_strndup(hex, 32);
}

static char *read_text(const char *text, guint fits)
{
    char *copy = g_strdup(text);
    return fits & MAPPING_PADDED ? g_strchomp(copy) : copy;
}

/* A decimal number and nothing else; MISSING and FALSE otherwise. */
static gboolean read_number(const char *text, double *number)
{
    char *end = NULL;
    *number = MISSING;
    if (*text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
        return FALSE;
    double value = g_ascii_strtod(text, &end);
    if (*end != '\0' || !isfinite(value))
        return FALSE;
    *number = value + 0.0; /* -0 becomes 0 */
    return TRUE;
}

static char *read_cell(const FeedColumn *column, const char *text, guint fits, Cell *cell)
{
    switch (column->type) {
    case CELL_TEXT:
        cell->text = read_text(text, fits);
        return NULL;
    case CELL_TIME:
        if (pg_read_instant(text, &cell->time))
            return NULL;
        cell->time = INSTANT_NONE;
        return g_strdup_printf("%s is no instant of the years 1 to 9999 with its offset", column->name);
    case CELL_NUMBER:
    default:
        if (read_number(text, &cell->number))
            return NULL;
        return g_strdup_printf("%s is not a finite number; wanted %g to %g", column->name, column->least, column->most);
    }
}

static void set_cell_missing(const FeedColumn *column, Cell *cell)
{
    if (column->type == CELL_TEXT)
        cell->text = NULL;
    else if (column->type == CELL_TIME)
        cell->time = INSTANT_NONE;
    else
        cell->number = MISSING;
}

char *mapping_row(const Mapping *mapping, const char *const *cell, const guint8 key[32], Observation *row)
{
    const FeedShape *shape = &feed_shape[mapping->feed];
    char *complaint = NULL;
    row->feed = mapping->feed;
    for (gsize c = 0; c < shape->columns; c++) {
        const char *text = mapping->place[c] < 0 ? NULL : cell[mapping->place[c]];
        set_cell_missing(&shape->column[c], &row->cell[c]);
        if (text == NULL)
            continue;
        g_autofree char *words = read_cell(&shape->column[c], text, mapping->fits[c], &row->cell[c]);
        if (complaint == NULL)
            complaint = g_steal_pointer(&words);
    }
    /* An empty id stays empty, so that it is complained of and not hashed into a patient. */
    Cell *stay = mapping->stay < 0 ? NULL : &row->cell[mapping->stay];
    if (stay != NULL && stay->text != NULL && *stay->text != '\0') {
        char *hash = hash_of_stay(stay->text, key);
        explicit_bzero(stay->text, strlen(stay->text));
        g_free(stay->text);
        stay->text = hash;
    }
    return complaint;
}
