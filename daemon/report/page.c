#include "daemon/report/page.h"

#include <libxml/xmlwriter.h>
#include <string.h>

struct Page {
    xmlBufferPtr buffer;
    xmlTextWriterPtr writer;
    GPtrArray *open; /* element names, static */
};

/* Scripts, frames and anything from elsewhere are refused by the reader's own browser. */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

/* libxml2 fails only without memory, where GLib ends the process as well. */
static void must(int result)
{
    if (result < 0)
        g_error("libxml2 has no memory for the page");
}

/* Text that XML can hold. */
static char *clean(const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    for (char *c = valid; *c; c++)
        if (g_ascii_iscntrl(*c) && *c != '\n' && *c != '\t')
            *c = '?';
    /* U+FFFE and U+FFFF are UTF-8 but no characters of XML. */
    for (char *c = valid; (c = strstr(c, "\xef\xbf")) != NULL; c += 3)
        if (c[2] == '\xbe' || c[2] == '\xbf')
            c[2] = '\xbd';
    return valid;
}

/* Only these may stand without an end in HTML. */
static gboolean is_void(const char *element)
{
    static const char *const name[] = {"meta", "img", "br", "hr", "col", NULL};
    return g_strv_contains(name, element);
}

void page_open(Page *page, const char *element, const char *class)
{
    must(xmlTextWriterStartElement(page->writer, BAD_CAST element));
    g_ptr_array_add(page->open, (gpointer)element);
    if (class != NULL)
        page_attribute(page, "class", class);
}

void page_attribute(Page *page, const char *name, const char *value)
{
    g_autofree char *text = clean(value);
    must(xmlTextWriterWriteAttribute(page->writer, BAD_CAST name, BAD_CAST text));
}

void page_close(Page *page)
{
    const char *element = g_ptr_array_index(page->open, page->open->len - 1);
    g_ptr_array_set_size(page->open, (int)page->open->len - 1);
    if (is_void(element))
        must(xmlTextWriterEndElement(page->writer));
    else
        must(xmlTextWriterFullEndElement(page->writer)); /* HTML takes <td/> for an open one */
}

static void put_string(Page *page, const char *text)
{
    g_autofree char *cleaned = clean(text);
    must(xmlTextWriterWriteString(page->writer, BAD_CAST cleaned));
}

void page_text(Page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    put_string(page, text);
}

void page_put(Page *page, const char *element, const char *class, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    page_open(page, element, class);
    put_string(page, text);
    page_close(page);
}

void page_image(Page *page, const char *class, char *svg, char *alt)
{
    g_autofree char *packed = g_base64_encode((const guchar *)svg, strlen(svg));
    g_autofree char *source = g_strconcat("data:image/svg+xml;base64,", packed, NULL);
    page_open(page, "img", class);
    page_attribute(page, "alt", alt);
    page_attribute(page, "src", source);
    page_close(page);
    g_free(svg);
    g_free(alt);
}

static void put_meta(Page *page, const char *key, const char *name, const char *content)
{
    page_open(page, "meta", NULL);
    page_attribute(page, key, name);
    page_attribute(page, "content", content);
    page_close(page);
}

Page *page_new(const char *title, const char *style)
{
    Page *page = g_new0(Page, 1);
    page->buffer = xmlBufferCreate();
    page->writer = page->buffer ? xmlNewTextWriterMemory(page->buffer, 0) : NULL;
    must(page->writer ? 0 : -1);
    page->open = g_ptr_array_new();
    must(xmlTextWriterWriteRaw(page->writer, BAD_CAST "<!DOCTYPE html>\n"));
    page_open(page, "html", NULL);
    page_attribute(page, "lang", "en");
    page_open(page, "head", NULL);
    page_open(page, "meta", NULL);
    page_attribute(page, "charset", "utf-8");
    page_close(page);
    put_meta(page, "http-equiv", "Content-Security-Policy", POLICY);
    put_meta(page, "name", "viewport", "width=device-width, initial-scale=1");
    put_meta(page, "name", "referrer", "no-referrer");
    page_put(page, "title", NULL, "%s", title);
    page_open(page, "style", NULL);
    must(xmlTextWriterWriteRaw(page->writer, BAD_CAST style)); /* ours, and HTML does not unescape it */
    page_close(page);
    page_close(page);
    page_open(page, "body", NULL);
    return page;
}

char *page_end(Page *page)
{
    while (page->open->len > 0)
        page_close(page);
    xmlFreeTextWriter(page->writer);
    char *text = g_strconcat((const char *)xmlBufferContent(page->buffer), "\n", NULL);
    xmlBufferFree(page->buffer);
    g_ptr_array_unref(page->open);
    g_free(page);
    return text;
}
