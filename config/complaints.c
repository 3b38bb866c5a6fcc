#include "config/complaints.h"

/* More than anybody reads; keeps a hostile file from making a message of megabytes. */
enum { SHOWN = 100, KEPT = 1000, QUOTED = 60 };

typedef struct {
    guint line;
    char *text;
} Complaint;

struct Complaints {
    char *file;
    GArray *list; /* Complaint, at most KEPT */
    gsize count;
};

static void clear_complaint(gpointer complaint)
{
    g_free(((Complaint *)complaint)->text);
}

Complaints *complaints_new(const char *file)
{
    Complaints *complaints = g_new0(Complaints, 1);
    complaints->file = g_strdup(file);
    complaints->list = g_array_new(FALSE, FALSE, sizeof(Complaint));
    g_array_set_clear_func(complaints->list, clear_complaint);
    return complaints;
}

void complaints_free(Complaints *complaints)
{
    if (!complaints)
        return;
    g_array_unref(complaints->list);
    g_free(complaints->file);
    g_free(complaints);
}

void complaints_add(Complaints *complaints, guint line, const char *key, const char *seen, const char *wanted, const char *remedy)
{
    /* More than are shown are kept, because they are put in order at the end. */
    if (++complaints->count > KEPT)
        return;
    Complaint complaint = {line, g_strdup_printf("%s:%u: %s: seen %s, wanted %s; %s", complaints->file, line, key, seen, wanted, remedy)};
    g_array_append_val(complaints->list, complaint);
}

gsize complaints_count(const Complaints *complaints)
{
    return complaints->count;
}

gboolean complaints_about(const Complaints *complaints, guint line)
{
    for (guint i = 0; i < complaints->list->len; i++)
        if (g_array_index(complaints->list, Complaint, i).line == line)
            return TRUE;
    return FALSE;
}

static int by_line(gconstpointer a, gconstpointer b, gpointer list)
{
    const Complaint *all = list;
    guint i = *(const guint *)a, j = *(const guint *)b;
    if (all[i].line != all[j].line)
        return all[i].line < all[j].line ? -1 : 1;
    return i < j ? -1 : i > j;
}

char *complaints_text(const Complaints *complaints)
{
    guint n = complaints->list->len;
    g_autofree guint *order = g_new(guint, n + 1);
    for (guint i = 0; i < n; i++)
        order[i] = i;
    g_qsort_with_data(order, (gint)n, sizeof *order, by_line, complaints->list->data);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < MIN(n, SHOWN); i++)
        g_string_append_printf(text, "%s%s", i ? "\n" : "", g_array_index(complaints->list, Complaint, order[i]).text);
    if (complaints->count > SHOWN)
        g_string_append_printf(text, "\n%s: and %zu more", complaints->file, complaints->count - SHOWN);
    return g_string_free(text, FALSE);
}

char *complaints_quote(const char *value)
{
    GString *text = g_string_new("\"");
    gsize shown = 0;
    for (const char *c = value; *c; c = g_utf8_next_char(c), shown++) {
        if (shown == QUOTED) {
            g_string_append(text, "...");
            break;
        }
        gunichar letter = g_utf8_get_char(c);
        if (letter == '\n')
            g_string_append(text, "\\n");
        else if (!g_unichar_isprint(letter))
            g_string_append_printf(text, "\\u%04x", letter);
        else
            g_string_append_unichar(text, letter);
    }
    return g_string_free(g_string_append_c(text, '"'), FALSE);
}
