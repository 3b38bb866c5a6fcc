#include "config/statement.h"

#include <string.h>

/* Past "..." or '...' that begins at c; a doubled quote inside stands for itself, and so does what follows a backslash
 * when `escapes`.  NULL when it never ends. */
static const char *skip_quoted(const char *c, gboolean escapes)
{
    char quote = *c++;
    for (; *c; c++) {
        if (escapes && *c == '\\' && c[1])
            c++;
        else if (*c == quote && c[1] == quote)
            c++;
        else if (*c == quote)
            return c + 1;
    }
    return NULL;
}

/* Past a nested comment that begins at c. */
static const char *skip_comment(const char *c)
{
    guint depth = 0;
    for (; *c; c++) {
        if (c[0] == '/' && c[1] == '*') {
            depth++;
            c++;
        } else if (c[0] == '*' && c[1] == '/') {
            c++;
            if (--depth == 0)
                return c + 1;
        }
    }
    return NULL;
}

/* Past $tag$...$tag$ that begins at c; c itself when no such quote begins here. */
static const char *skip_dollar(const char *c)
{
    const char *end = c + 1;
    if (g_ascii_isdigit(*end))
        return c;
    while (g_ascii_isalnum(*end) || *end == '_')
        end++;
    if (*end != '$')
        return c;
    g_autofree char *tag = g_strndup(c, (gsize)(end + 1 - c));
    const char *close = strstr(end + 1, tag);
    return close ? close + strlen(tag) : NULL;
}

/* Past blanks and comments; NULL when a comment stays open. */
static const char *skip_space(const char *c)
{
    while (c && *c) {
        if (g_ascii_isspace(*c))
            c++;
        else if (c[0] == '-' && c[1] == '-')
            c += strcspn(c, "\n");
        else if (c[0] == '/' && c[1] == '*')
            c = skip_comment(c);
        else
            break;
    }
    return c;
}

static gboolean is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (c & 0x80);
}

static gboolean begins_like_a_query(const char *c)
{
    static const char *const verb[] = {"select", "with", "values", "table"};
    while (*c == '(' || g_ascii_isspace(*c))
        c++;
    for (gsize i = 0; i < G_N_ELEMENTS(verb); i++) {
        gsize length = strlen(verb[i]);
        if (g_ascii_strncasecmp(c, verb[i], length) == 0 && !is_word(c[length]))
            return TRUE;
    }
    return FALSE;
}

/* One token from c on.  NULL when it never ends. */
static const char *skip_token(const char *c)
{
    if (*c == '\'' || *c == '"')
        return skip_quoted(c, FALSE);
    if ((*c == 'e' || *c == 'E') && c[1] == '\'')
        return skip_quoted(c + 1, TRUE);
    if (*c == '$' && skip_dollar(c) != c)
        return skip_dollar(c);
    if (!is_word(*c))
        return c + 1;
    do
        c++;
    while (is_word(*c));
    return c;
}

static gboolean is_other_parameter(const char *c)
{
    if (c[0] != '$' || !g_ascii_isdigit(c[1]))
        return FALSE;
    return (c[1] != '1' && c[1] != '2') || is_word(c[2]);
}

StatementVerdict statement_judge(const char *text, gsize *length)
{
    const char *c = skip_space(text), *end = c;
    int open = 0;
    *length = 0;
    if (!c)
        return STATEMENT_OPEN;
    if (!*c || *c == ';')
        return STATEMENT_EMPTY;
    if (!begins_like_a_query(c))
        return STATEMENT_VERB;
    while (*c && *c != ';') {
        if (is_other_parameter(c))
            return STATEMENT_PARAMETER;
        open += (*c == '(') - (*c == ')');
        end = skip_token(c);
        c = end ? skip_space(end) : NULL;
        if (!c || open < 0)
            return STATEMENT_OPEN;
    }
    while (*c == ';' && (c = skip_space(c + 1)))
        ;
    if (!c || open != 0)
        return STATEMENT_OPEN;
    *length = (gsize)(end - text);
    return *c ? STATEMENT_SEVERAL : STATEMENT_GOOD;
}
