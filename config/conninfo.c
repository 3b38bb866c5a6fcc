#include "config/conninfo.h"

#include <string.h>

static gboolean is_secret(const char *keyword, gsize length)
{
    static const char *const secret[] = {"password", "sslpassword", "scram_client_key", "scram_server_key", "oauth_client_secret"};
    for (gsize i = 0; i < G_N_ELEMENTS(secret); i++)
        if (strlen(secret[i]) == length && g_ascii_strncasecmp(keyword, secret[i], length) == 0)
            return TRUE;
    return FALSE;
}

static const char *skip_blanks(const char *c)
{
    while (g_ascii_isspace(*c))
        c++;
    return c;
}

/* Past a value, plain or in single quotes, with backslash escapes; NULL when a quote stays open. */
static const char *skip_value(const char *c)
{
    gboolean quoted = *c == '\'';
    if (quoted)
        c++;
    while (*c && (quoted ? *c != '\'' : !g_ascii_isspace(*c))) {
        if (*c == '\\' && c[1])
            c++;
        c++;
    }
    if (!quoted)
        return c;
    return *c ? c + 1 : NULL;
}

static ConninfoVerdict judge_keywords(const char *c)
{
    ConninfoVerdict verdict = CONNINFO_BROKEN;
    for (c = skip_blanks(c); *c; c = skip_blanks(c)) {
        const char *keyword = c;
        while (g_ascii_isalnum(*c) || *c == '_')
            c++;
        gsize length = (gsize)(c - keyword);
        c = skip_blanks(c);
        if (length == 0 || *c != '=')
            return CONNINFO_BROKEN;
        if (is_secret(keyword, length))
            return CONNINFO_PASSWORD;
        c = skip_value(skip_blanks(c + 1));
        if (!c)
            return CONNINFO_BROKEN;
        verdict = CONNINFO_GOOD;
    }
    return verdict;
}

/* scheme://user:password@host/database?keyword=value&...; keywords may be percent-encoded. */
static ConninfoVerdict judge_uri(const char *authority)
{
    gsize length = strcspn(authority, "/"); /* libpq looks for the @ behind a ? as well */
    const char *at = g_strrstr_len(authority, (gssize)length, "@");
    if (at && memchr(authority, ':', (gsize)(at - authority)))
        return CONNINFO_PASSWORD;
    const char *query = strchr(authority, '?');
    g_auto(GStrv) pair = g_strsplit(query ? query + 1 : "", "&", -1);
    for (gsize i = 0; pair[i]; i++) {
        g_autofree char *plain = g_uri_unescape_string(pair[i], NULL);
        const char *equals = plain ? strchr(plain, '=') : NULL;
        if (*pair[i] && !equals)
            return CONNINFO_BROKEN;
        if (equals && is_secret(plain, (gsize)(equals - plain)))
            return CONNINFO_PASSWORD;
    }
    return CONNINFO_GOOD;
}

ConninfoVerdict conninfo_judge(const char *text)
{
    static const char *const scheme[] = {"postgresql://", "postgres://"};
    for (gsize i = 0; i < G_N_ELEMENTS(scheme); i++)
        if (g_str_has_prefix(text, scheme[i]))
            return judge_uri(text + strlen(scheme[i]));
    return judge_keywords(text);
}
