#include "forecast/model/designs.h"

typedef struct {
    GBytes *key;
    ShrinkDesign *design;
} Entry;

struct Designs {
    GMutex lock;
    Entry entry[DESIGNS_KEPT]; /* the one found last comes first; the others are NULL at the end */
};

Designs *designs_new(void)
{
    Designs *designs = g_new0(Designs, 1);
    g_mutex_init(&designs->lock);
    return designs;
}

static void clear(Entry *entry)
{
    g_clear_pointer(&entry->key, g_bytes_unref);
    g_clear_pointer(&entry->design, shrink_design_free);
}

void designs_free(Designs *designs)
{
    if (designs == NULL)
        return;
    for (gsize k = 0; k < DESIGNS_KEPT; k++)
        clear(&designs->entry[k]);
    g_mutex_clear(&designs->lock);
    g_free(designs);
}

/* Make room at the front by moving those before `place` back. */
static void put_first(Designs *designs, gsize place, Entry entry)
{
    for (gsize k = place; k > 0; k--)
        designs->entry[k] = designs->entry[k - 1];
    designs->entry[0] = entry;
}

static gsize place_of(const Designs *designs, GBytes *key)
{
    gsize place = 0;
    while (place < DESIGNS_KEPT && designs->entry[place].key != NULL && !g_bytes_equal(designs->entry[place].key, key))
        place++;
    return place;
}

ShrinkDesign *designs_find(Designs *designs, GBytes *key)
{
    if (designs == NULL)
        return NULL;
    ShrinkDesign *found = NULL;
    g_mutex_lock(&designs->lock);
    gsize place = place_of(designs, key);
    if (place < DESIGNS_KEPT && designs->entry[place].key != NULL) {
        put_first(designs, place, designs->entry[place]);
        found = shrink_design_ref(designs->entry[0].design);
    }
    g_mutex_unlock(&designs->lock);
    return found;
}

void designs_keep(Designs *designs, GBytes *key, ShrinkDesign *design)
{
    if (designs == NULL || shrink_design_size(design) > DESIGNS_MOST)
        return;
    g_mutex_lock(&designs->lock);
    gsize place = MIN(place_of(designs, key), DESIGNS_KEPT - 1);
    clear(&designs->entry[place]);
    put_first(designs, place, (Entry){g_bytes_ref(key), shrink_design_ref(design)});
    g_mutex_unlock(&designs->lock);
}
