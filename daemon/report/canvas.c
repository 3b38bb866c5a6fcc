#include "daemon/report/canvas.h"

#include <cairo-svg.h>
#include <pango/pangocairo.h>
#include <string.h>

static cairo_status_t append_svg(void *self, const unsigned char *bytes, unsigned int length)
{
    g_string_append_len(self, (const char *)bytes, (gssize)length);
    return CAIRO_STATUS_SUCCESS;
}

void canvas_open(Canvas *canvas, int width, int height)
{
    canvas->svg = g_string_new(NULL);
    canvas->surface = cairo_svg_surface_create_for_stream(append_svg, canvas->svg, width, height);
    cairo_svg_surface_set_document_unit(canvas->surface, CAIRO_SVG_UNIT_PX);
    canvas->cr = cairo_create(canvas->surface);
    cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_ROUND);
}

/* Cairo writes six decimals; a hundredth of a pixel is enough and halves the page. */
static char *shorten(const char *svg)
{
    GString *text = g_string_sized_new(strlen(svg));
    for (const char *c = svg; *c;) {
        gboolean point = *c == '.';
        g_string_append_c(text, *c++);
        for (int decimals = 0; point && g_ascii_isdigit(*c); c++, decimals++)
            if (decimals < 2)
                g_string_append_c(text, *c);
    }
    return g_string_free(text, FALSE);
}

char *canvas_close(Canvas *canvas)
{
    cairo_destroy(canvas->cr);
    cairo_surface_finish(canvas->surface);
    cairo_surface_destroy(canvas->surface);
    char *svg = shorten(canvas->svg->str);
    g_string_free(canvas->svg, TRUE);
    return svg;
}

void canvas_use(cairo_t *cr, Colour colour)
{
    cairo_set_source_rgb(cr, colour.red, colour.green, colour.blue);
}

double canvas_text(cairo_t *cr, double x, double y, Side side, double size, gboolean bold, double most, const char *text)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string(bold ? "sans bold" : "sans");
    int width, height;
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    pango_layout_set_text(layout, valid, -1);
    if (most > 0) {
        pango_layout_set_width(layout, (int)(most * PANGO_SCALE));
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_single_paragraph_mode(layout, TRUE);
    }
    pango_layout_get_pixel_size(layout, &width, &height);
    cairo_move_to(cr, side == SIDE_LEFT ? x : side == SIDE_CENTRE ? x - width / 2.0 : x - width, y);
    pango_cairo_show_layout(cr, layout);
    pango_font_description_free(font);
    g_object_unref(layout);
    return width;
}
