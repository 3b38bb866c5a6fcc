/* canvas.h -- what a chart is drawn on: an SVG in memory, with colour and text.
 *
 * Shapes are drawn with Cairo itself, on `cr`.  Text becomes outlines and is cut
 * with an ellipsis where it would be too long.
 *
 * Units    CSS pixels (1/96 inch) from the upper left corner; colours 0 to 1.
 * Threads  one at a time (Pango's font cache).
 */
#pragma once
#include <cairo.h>
#include <glib.h>

typedef struct {
    double red, green, blue;
} Colour;

typedef struct {
    cairo_t *cr; /* draw here between open and close */
    cairo_surface_t *surface;
    GString *svg;
} Canvas;

void canvas_open(Canvas *canvas, int width, int height);

/* Ends the Canvas; the caller frees the SVG, whose numbers have two decimals at most. */
char *canvas_close(Canvas *canvas);

/* What is drawn from now on has this colour. */
void canvas_use(cairo_t *cr, Colour colour);

/* Which side of the text stands at its x. */
typedef enum { SIDE_LEFT, SIDE_CENTRE, SIDE_RIGHT } Side;

/* Text whose top is at y, `size` high and at most `most` wide (0: as wide as it
 * is); gives its width. */
double canvas_text(cairo_t *cr, double x, double y, Side side, double size, gboolean bold, double most, const char *text);
