/* node.h -- a YAML file as a small tree that remembers its lines.
 *
 * Only what a configuration needs: scalars, lists and mappings in one document.
 * Anchors, aliases, tags, several documents, nesting deeper than NODE_DEPTH,
 * more than NODE_MOST nodes and NODE_WIDTH items of one are refused, so that no file can grow in memory.
 *
 * Threads  a tree never changes after it was read.
 */
#pragma once
#include <glib.h>

enum { NODE_DEPTH = 8, NODE_MOST = 100000, NODE_WIDTH = 1000 };

typedef enum { NODE_SCALAR, NODE_LIST, NODE_MAP } NodeKind;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    guint line;       /* counted from 1 */
    char *text;       /* scalar: UTF-8 without NUL; owned */
    gboolean empty;   /* scalar: nothing, ~ or null was written, without quotes */
    GPtrArray *key;   /* map: Node, scalars, in the file's order */
    GPtrArray *value; /* map: Node; list: Node */
};

/* What stopped the reading. */
typedef struct {
    guint line;
    char *seen, *wanted, *remedy; /* owned */
} NodeFault;
void node_fault_clear(NodeFault *fault);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NodeFault, node_fault_clear)

/* The tree of a text, or NULL with *fault filled.  A text with nothing in it is
 * a scalar that is empty.  The caller owns the tree. */
Node *node_read(const char *text, gsize length, NodeFault *fault) G_GNUC_WARN_UNUSED_RESULT;
void node_free(Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* Give the whole tree one line: for text that does not come from the file. */
void node_set_line(Node *node, guint line);
