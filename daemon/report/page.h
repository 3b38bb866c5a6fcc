/* page.h -- write HTML that is escaped by construction.
 *
 * A Page is one HTML document on libxml2's writer: elements are opened and
 * closed by name, all text and attributes are escaped, bytes that are no UTF-8
 * and control characters are replaced.
 *
 * Threads  one owner.
 */
#pragma once
#include <glib.h>

typedef struct Page Page;

/* Begin the document: doctype, html, head with title, policy and style, body.
 * The caller owns the Page; page_end frees it. */
Page *page_new(const char *title, const char *style);

/* End the document.  The caller frees the text. */
char *page_end(Page *page);

/* Open an element (class NULL: none), give the open one an attribute, close it. */
void page_open(Page *page, const char *element, const char *class);
void page_attribute(Page *page, const char *name, const char *value);
void page_close(Page *page);

/* Text in the open element. */
void page_text(Page *page, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* A whole element with nothing but text. */
void page_put(Page *page, const char *element, const char *class, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* An SVG as an image of the given CSS class, with its sentence; frees both. */
void page_image(Page *page, const char *class, char *svg, char *alt);
