#include "config/reader.h"

#include <string.h>

#include "config/node.h"
#include "config/value.h"

struct Lines {
    GHashTable *line; /* address of a field or struct -> line */
};

typedef struct {
    Complaints *complaints;
    Lines *lines;
} Reader;

static void read_section(Reader *reader, const SettingSection *section, const Node *node, guint line, gpointer parent);

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void lines_free(Lines *lines)
{
    if (!lines)
        return;
    g_hash_table_unref(lines->line);
    g_free(lines);
}

guint lines_of(const Lines *lines, gconstpointer field, gconstpointer fields)
{
    guint line = GPOINTER_TO_UINT(g_hash_table_lookup(lines->line, field));
    return line ? line : MAX(1, GPOINTER_TO_UINT(g_hash_table_lookup(lines->line, fields)));
}

static void remember(Reader *reader, gconstpointer field, guint line)
{
    g_hash_table_insert(reader->lines->line, (gpointer)field, GUINT_TO_POINTER(line));
}

static char *key_in(const char *section, const char *name)
{
    return *section ? g_strconcat(section, ".", name, NULL) : g_strdup(name);
}

static char *describe(const Node *node)
{
    if (node->kind == NODE_SCALAR)
        return node->empty ? g_strdup("nothing") : complaints_quote(node->text);
    return g_strdup(node->kind == NODE_LIST ? "a list" : "a mapping");
}

static void complain_of_kind(Reader *reader, const char *key, const Node *node, const char *wanted, const char *remedy)
{
    g_autofree char *seen = describe(node);
    complaints_add(reader->complaints, node->line, key, seen, wanted, remedy);
}

/* --- one setting ---------------------------------------------------------- */

static void complain_of_value(Reader *reader, const Setting *row, const Node *node, const ValueFault *fault)
{
    g_autofree char *key = setting_key(row);
    g_autofree char *seen = value_is_shown(row) ? describe(node) : g_strdup("a value that is not shown");
    complaints_add(reader->complaints, node->line, key, seen, fault->wanted, fault->remedy);
}

static gboolean is_scalar(Reader *reader, const Setting *row, const Node *node)
{
    if (node->kind == NODE_SCALAR && !node->empty)
        return TRUE;
    g_autofree char *key = setting_key(row), *wanted = value_wanted(row);
    complain_of_kind(reader, key, node, wanted, node->kind == NODE_SCALAR ? "write a value, or take the key out" : "write one value");
    return FALSE;
}

static gboolean read_value(Reader *reader, const Setting *row, const Node *node, gpointer fields)
{
    g_auto(ValueFault) fault = {0};
    if (!is_scalar(reader, row, node))
        return FALSE;
    if (value_read(row, node->text, fields, &fault))
        return TRUE;
    complain_of_value(reader, row, node, &fault);
    return FALSE;
}

/* A list of values; a single one may stand without its list. */
static gboolean read_list(Reader *reader, const Setting *row, const Node *node, gpointer fields)
{
    GPtrArray *item = g_ptr_array_new_with_free_func(g_free);
    gsize before = complaints_count(reader->complaints), n = node->kind == NODE_LIST ? node->value->len : 1;
    for (gsize i = 0; i < n; i++) {
        g_auto(ValueFault) fault = {0};
        const Node *one = node->kind == NODE_LIST ? node->value->pdata[i] : node;
        if (is_scalar(reader, row, one) && !value_read_item(row, one->text, item, &fault))
            complain_of_value(reader, row, one, &fault);
    }
    if (row->type == SETTING_SLOT) {
        g_ptr_array_sort(item, by_text);
        if (n == 0)
            complaints_add(reader->complaints, node->line, "groups[].schedule[]", "an empty list", "at least one time", "write it like [\"06:00\"]");
    }
    if (complaints_count(reader->complaints) > before) {
        g_ptr_array_unref(item);
        return FALSE;
    }
    g_ptr_array_add(item, NULL);
    *(char ***)((char *)fields + row->offset) = (char **)g_ptr_array_free(item, FALSE);
    return TRUE;
}

static void read_setting(Reader *reader, const Setting *row, const Node *node, gpointer fields)
{
    remember(reader, (char *)fields + row->offset, node->line);
    gboolean fits = row->flags & SETTING_LIST ? read_list(reader, row, node, fields) : read_value(reader, row, node, fields);
    if (!fits)
        value_read_standard(row, fields);
}

/* --- one mapping ---------------------------------------------------------- */

static void complain_of_unknown(Reader *reader, const char *section, const Node *name)
{
    g_autofree char *key = key_in(section, name->text);
    g_autofree char *quoted = complaints_quote(name->text), *seen = g_strdup_printf("the unknown key %s", quoted);
    g_autofree char *remedy = g_strdup_printf("did you mean \"%s\"? otherwise take it out", setting_nearest(section, name->text));
    g_autofree char *shown = g_utf8_validate(key, -1, NULL) && strlen(key) < 100 ? g_strescape(key, NULL) : g_strdup(*section ? section : "file");
    complaints_add(reader->complaints, name->line, shown, seen, "a key that wardcast.yaml(5) lists", remedy);
}

/* The place of the first key with this text, before the one at `here`; -1 when there is none. */
static int earlier(const Node *map, guint here)
{
    const Node *key = map->key->pdata[here];
    for (guint i = 0; i < here; i++)
        if (g_str_equal(((const Node *)map->key->pdata[i])->text, key->text))
            return (int)i;
    return -1;
}

static gboolean is_repeated(Reader *reader, const char *section, const Node *map, guint here)
{
    const Node *name = map->key->pdata[here];
    int first = earlier(map, here);
    if (first < 0)
        return FALSE;
    g_autofree char *key = key_in(section, name->text);
    g_autofree char *seen = g_strdup_printf("the key again that is on line %u", ((const Node *)map->key->pdata[first])->line);
    complaints_add(reader->complaints, name->line, key, seen, "each key once", "take one of the two out");
    return TRUE;
}

/* The value under a name; NULL when it was not written. */
static const Node *find(const Node *map, const char *name)
{
    for (guint i = 0; map && i < map->key->len; i++)
        if (g_str_equal(((const Node *)map->key->pdata[i])->text, name))
            return map->value->pdata[i];
    return NULL;
}

static void check_keys(Reader *reader, const char *section, const Node *map)
{
    for (guint i = 0; i < map->key->len; i++) {
        const Node *name = map->key->pdata[i];
        if (!setting_find(section, name->text) && !setting_section_find(section, name->text))
            complain_of_unknown(reader, section, name);
        else
            is_repeated(reader, section, map, i);
    }
}

static void complain_of_lack(Reader *reader, const Setting *row, guint line)
{
    g_autofree char *key = setting_key(row), *wanted = value_wanted(row);
    g_autofree char *remedy = row->type == SETTING_SQL || row->type == SETTING_CONNINFO
                                  ? g_strdup_printf("add \"%s:\" here", row->name)
                                  : g_strdup_printf("add \"%s: %s\" here", row->name, row->example);
    complaints_add(reader->complaints, line, key, "nothing", wanted, remedy);
}

/* Fill the struct of a section from a mapping; `map` is NULL when it was left out. */
static void read_mapping(Reader *reader, const char *section, const Node *map, guint line, gpointer fields)
{
    remember(reader, fields, line);
    if (map)
        check_keys(reader, section, map);
    for (gsize i = 0; i < settings; i++) {
        const Setting *row = &setting[i];
        const Node *node = find(map, row->name);
        if (!g_str_equal(row->section, section))
            continue;
        if (node)
            read_setting(reader, row, node, fields);
        else if (row->flags & SETTING_REQUIRED)
            complain_of_lack(reader, row, line);
        else
            value_read_standard(row, fields);
    }
    for (gsize i = 0; i < setting_sections; i++)
        if (g_str_equal(setting_section[i].parent, section)) {
            const Node *node = find(map, setting_section[i].name);
            read_section(reader, &setting_section[i], node, node ? node->line : line, fields);
        }
}

/* --- one section ---------------------------------------------------------- */

static void read_items(Reader *reader, const SettingSection *section, const Node *list, GPtrArray *item)
{
    for (guint i = 0; i < list->value->len; i++) {
        const Node *node = list->value->pdata[i];
        if (node->kind != NODE_MAP) {
            complain_of_kind(reader, section->key, node, "a mapping", "write \"- name: value\"");
            continue;
        }
        gpointer fields = g_malloc0(section->size);
        g_ptr_array_add(item, fields);
        read_mapping(reader, section->key, node, node->line, fields);
    }
}

static void read_standard_items(Reader *reader, const SettingSection *section, guint line, GPtrArray *item)
{
    g_auto(NodeFault) fault = {0};
    g_autoptr(Node) list = node_read(section->standard, strlen(section->standard), &fault);
    g_assert(list && list->kind == NODE_LIST);
    node_set_line(list, line);
    read_items(reader, section, list, item);
}

static void complain_of_no_items(Reader *reader, const SettingSection *section, guint line, const char *seen)
{
    g_autofree char *wanted = g_strdup_printf("a list of at least one item under \"%s:\"", section->name);
    complaints_add(reader->complaints, line, section->key, seen, wanted, "add one; wardcast.yaml(5) has an example");
}

static void read_item_list(Reader *reader, const SettingSection *section, const Node *node, guint line, gpointer parent)
{
    GPtrArray *item = g_ptr_array_new_with_free_func(section->free);
    *(GPtrArray **)((char *)parent + section->offset) = item;
    remember(reader, item, line);
    if (node && node->kind == NODE_LIST && node->value->len > 0)
        read_items(reader, section, node, item);
    else if (node && (node->kind != NODE_SCALAR || !node->empty) && node->kind != NODE_LIST)
        complain_of_kind(reader, section->key, node, "a list", "begin each item with \"- \"");
    else if (section->standard && !node)
        read_standard_items(reader, section, line, item);
    else
        complain_of_no_items(reader, section, line, node && node->kind == NODE_LIST ? "an empty list" : "nothing");
}

static void read_section(Reader *reader, const SettingSection *section, const Node *node, guint line, gpointer parent)
{
    gpointer fields = (char *)parent + section->offset;
    if (setting_section_is_list(section)) {
        read_item_list(reader, section, node, line, parent);
        return;
    }
    if (node && node->kind != NODE_MAP) {
        if (node->kind != NODE_SCALAR || !node->empty)
            complain_of_kind(reader, section->key, node, "a mapping", "write \"name: value\" lines, indented, below it");
        node = NULL;
    }
    read_mapping(reader, section->key, node, line, fields);
}

Lines *reader_fill(Config *config, const char *text, gsize length, Complaints *complaints)
{
    Lines *lines = g_new0(Lines, 1);
    lines->line = g_hash_table_new(NULL, NULL);
    Reader reader = {complaints, lines};
    g_auto(NodeFault) fault = {0};
    g_autoptr(Node) root = node_read(text, length, &fault);
    if (!root)
        complaints_add(complaints, fault.line, "file", fault.seen, fault.wanted, fault.remedy);
    else if (root->kind != NODE_MAP && !root->empty)
        complain_of_kind(&reader, "file", root, "sections such as \"warehouse:\"", "see wardcast.yaml(5)");
    else
        read_mapping(&reader, "", root->kind == NODE_MAP ? root : NULL, 1, config);
    return lines;
}
