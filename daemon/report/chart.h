/* chart.h -- small pictures of numbers, drawn as SVG in memory.
 *
 * Text is drawn as outlines, so that a chart looks the same on every phone and
 * printer; every chart comes with a sentence that says the same to who cannot
 * see it.  Colours are told apart by the colour-blind and in grey print; lines
 * also differ in weight and dashes.
 *
 * Units    width and height in CSS pixels (1/96 inch).
 * Missing  a step that is not known breaks the line and is marked at the foot.
 * Threads  one at a time (Pango's font cache).
 */
#pragma once
#include "forecast/model/outlook.h"
#include "forecast/series/calendar.h"

typedef struct {
    const char *title;       /* drawn above */
    const char *noun;        /* what is counted, for the sentence: "patients" */
    const Series *series;
    const Outlook *outlook;  /* NULL: history only */
    double capacity;         /* a line across; MISSING = none */
} ChartFan;

/* The last stretch of history, then the most likely course and the bands that
 * hold 50, 80 and 95 of 100 futures, over local civil time.  The caller frees
 * the SVG; *alt (may be NULL) gets the sentence, also the caller's. */
char *chart_fan(const ChartFan *fan, int width, int height, char **alt);

/* The last three days (or as many steps) as a line without axes. */
char *chart_spark(const Series *series, double capacity, int width, int height);

/* Patients over beds as a bar; what is beyond the beds is hatched. */
char *chart_bar(double patients, double beds, int width, int height);

/* What the lines, and what the bands and marks of a fan chart mean; *alt is the caller's. */
char *chart_legend_lines(int width, int height, char **alt);
char *chart_legend_bands(int width, int height, char **alt);
