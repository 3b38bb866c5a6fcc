#include "config/node.h"

#include <string.h>
#include <yaml.h>

typedef struct {
    yaml_parser_t parser;
    yaml_event_t event;
    guint nodes;
    const char *text;
    gsize length;
    NodeFault *fault;
} Walk;

void node_fault_clear(NodeFault *fault)
{
    g_clear_pointer(&fault->seen, g_free);
    g_clear_pointer(&fault->wanted, g_free);
    g_clear_pointer(&fault->remedy, g_free);
}

static Node *node_new(NodeKind kind, guint line)
{
    Node *node = g_new0(Node, 1);
    node->kind = kind;
    node->line = line;
    if (kind == NODE_MAP)
        node->key = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    if (kind != NODE_SCALAR)
        node->value = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    return node;
}

void node_free(Node *node)
{
    if (!node)
        return;
    g_clear_pointer(&node->key, g_ptr_array_unref);
    g_clear_pointer(&node->value, g_ptr_array_unref);
    g_free(node->text);
    g_free(node);
}

void node_set_line(Node *node, guint line)
{
    node->line = line;
    for (guint i = 0; node->key && i < node->key->len; i++)
        node_set_line(node->key->pdata[i], line);
    for (guint i = 0; node->value && i < node->value->len; i++)
        node_set_line(node->value->pdata[i], line);
}

static gboolean fault(Walk *walk, gsize mark, const char *seen, const char *wanted, const char *remedy)
{
    walk->fault->line = (guint)mark + 1;
    walk->fault->seen = g_strdup(seen);
    walk->fault->wanted = g_strdup(wanted);
    walk->fault->remedy = g_strdup(remedy);
    return FALSE;
}

/* The parser's own line is where it stands, which may be long before the byte it stumbled over. */
static gsize line_at(const Walk *walk, gsize offset)
{
    gsize line = 0;
    for (gsize i = 0; i < MIN(offset, walk->length); i++)
        line += walk->text[i] == '\n';
    return line;
}

/* libyaml says what it met and, in `context`, what it was reading. */
static gboolean fault_of_parser(Walk *walk)
{
    const yaml_parser_t *parser = &walk->parser;
    if (parser->error == YAML_READER_ERROR) {
        g_autofree char *seen = g_strdup_printf("a byte that is not text (%s at offset %zu)", parser->problem, parser->problem_offset);
        return fault(walk, line_at(walk, parser->problem_offset), seen, "UTF-8 text", "save the file as UTF-8");
    }
    g_autofree char *seen = g_strdup_printf("text that is not YAML (%s%s%s)", parser->context ? parser->context : "",
                                            parser->context ? ": " : "", parser->problem ? parser->problem : "unknown");
    return fault(walk, parser->problem_mark.line, seen, "YAML",
                 "indent with blanks, and put quotes around a value that holds \": \", \" #\" or begins with a special character");
}

static gboolean next(Walk *walk)
{
    yaml_event_delete(&walk->event);
    return yaml_parser_parse(&walk->parser, &walk->event) ? TRUE : fault_of_parser(walk);
}

static gboolean refuse_extras(Walk *walk, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    gsize line = walk->event.start_mark.line;
    if (anchor)
        return fault(walk, line, "an anchor (&)", "plain values", "write the value out at each place");
    if (tag)
        return fault(walk, line, "a tag (!)", "plain values", "leave the tag out, or put quotes around the value");
    return TRUE;
}

static gboolean check_event(Walk *walk, guint depth)
{
    const yaml_event_t *event = &walk->event;
    gsize line = event->start_mark.line;
    if (++walk->nodes > NODE_MOST)
        return fault(walk, line, "more than 100000 values", "a smaller file", "take out what is not needed");
    if (depth > NODE_DEPTH)
        return fault(walk, line, "values nested more than 8 deep", "fewer levels", "see wardcast.yaml(5) for the levels there are");
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return refuse_extras(walk, event->data.scalar.anchor, event->data.scalar.tag);
    case YAML_SEQUENCE_START_EVENT:
        return refuse_extras(walk, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        return refuse_extras(walk, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    case YAML_ALIAS_EVENT:
        return fault(walk, line, "an alias (*)", "plain values", "write the value out, or put quotes around it");
    default:
        return TRUE;
    }
}

static Node *read_scalar(Walk *walk)
{
    const char *text = (const char *)walk->event.data.scalar.value;
    gsize length = walk->event.data.scalar.length, line = walk->event.start_mark.line;
    if (strlen(text) != length) {
        fault(walk, line, "a zero byte", "text", "take the \\0 out");
        return NULL;
    }
    Node *node = node_new(NODE_SCALAR, (guint)line + 1);
    node->text = g_strdup(text);
    node->empty = walk->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                  (!*text || g_str_equal(text, "~") || g_ascii_strcasecmp(text, "null") == 0);
    return node;
}

static Node *read_node(Walk *walk, guint depth);

static gboolean read_items(Walk *walk, Node *node, guint depth)
{
    yaml_event_type_t end = node->kind == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    while (next(walk)) {
        if (walk->event.type == end)
            return TRUE;
        Node *first = read_node(walk, depth + 1);
        if (!first)
            return FALSE;
        GPtrArray *place = node->kind == NODE_MAP ? node->key : node->value;
        g_ptr_array_add(place, first);
        if (place->len > NODE_WIDTH)
            return fault(walk, first->line - 1, "more than 1000 items in one list or mapping", "at most 1000", "take out what is not needed");
        if (node->kind == NODE_LIST)
            continue;
        if (first->kind != NODE_SCALAR)
            return fault(walk, first->line - 1, "a list or mapping in the place of a key", "a name", "write \"name: value\"");
        Node *second = next(walk) ? read_node(walk, depth + 1) : NULL;
        if (!second)
            return FALSE;
        g_ptr_array_add(node->value, second);
    }
    return FALSE;
}

/* The node that begins with the event at hand. */
static Node *read_node(Walk *walk, guint depth)
{
    if (!check_event(walk, depth))
        return NULL;
    if (walk->event.type == YAML_SCALAR_EVENT)
        return read_scalar(walk);
    g_autoptr(Node) node = node_new(walk->event.type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST,
                                    (guint)walk->event.start_mark.line + 1);
    return read_items(walk, node, depth) ? g_steal_pointer(&node) : NULL;
}

static Node *read_stream(Walk *walk)
{
    if (!next(walk) || !next(walk)) /* stream start, then a document or the end */
        return NULL;
    if (walk->event.type == YAML_STREAM_END_EVENT) {
        Node *nothing = node_new(NODE_SCALAR, 1);
        nothing->text = g_strdup("");
        nothing->empty = TRUE;
        return nothing;
    }
    g_autoptr(Node) root = next(walk) ? read_node(walk, 0) : NULL;
    if (!root || !next(walk) || !next(walk)) /* document end, then the end */
        return NULL;
    if (walk->event.type != YAML_STREAM_END_EVENT) {
        fault(walk, walk->event.start_mark.line, "a second document (---)", "one document", "put everything into the first");
        return NULL;
    }
    return g_steal_pointer(&root);
}

Node *node_read(const char *text, gsize length, NodeFault *node_fault)
{
    gsize mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* what some editors put before UTF-8 */
    Walk walk = {.text = text + mark, .length = length - mark, .fault = node_fault};
    if (!yaml_parser_initialize(&walk.parser))
        g_error("out of memory");
    yaml_parser_set_encoding(&walk.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&walk.parser, (const unsigned char *)walk.text, walk.length);
    Node *root = read_stream(&walk);
    yaml_event_delete(&walk.event);
    yaml_parser_delete(&walk.parser);
    return root;
}
