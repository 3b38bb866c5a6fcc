#include "forecast/model/simplex.h"

#include <math.h>
#include <string.h>

enum { START, MIRROR, STRETCH, CONTRACT, SHRINK };

static gboolean ask(Simplex *s, int phase, const double *point)
{
    s->phase = phase;
    memmove(s->point, point, s->n * sizeof *point);
    return TRUE;
}

/* `from` moved along the line through the centre of all corners but the highest. */
static void move(const Simplex *s, const double *from, double share, double *point)
{
    for (gsize k = 0; k < s->n; k++) {
        double centre = 0;
        for (gsize c = 0; c <= s->n; c++)
            centre += c != s->highest ? s->corner[c][k] / (double)s->n : 0;
        point[k] = centre + share * (from[k] - centre);
    }
}

static gboolean ask_moved(Simplex *s, int phase, double share)
{
    double point[SIMPLEX_MOST];
    move(s, s->corner[s->highest], share, point);
    return ask(s, phase, point);
}

static void rank(Simplex *s)
{
    s->lowest = 0;
    for (gsize c = 1; c <= s->n; c++)
        if (s->height[c] < s->height[s->lowest])
            s->lowest = c;
    s->highest = s->lowest == 0 ? 1 : 0;
    for (gsize c = 0; c <= s->n; c++)
        if (c != s->lowest && s->height[c] > s->height[s->highest])
            s->highest = c;
    s->second = s->lowest;
    for (gsize c = 0; c <= s->n; c++)
        if (c != s->highest && s->height[c] > s->height[s->second])
            s->second = c;
}

static double size_of(const Simplex *s)
{
    double squares = 0;
    for (gsize k = 0; k < s->n; k++) {
        double centre = 0;
        for (gsize c = 0; c <= s->n; c++)
            centre += s->corner[c][k] / (double)(s->n + 1);
        for (gsize c = 0; c <= s->n; c++)
            squares += (s->corner[c][k] - centre) * (s->corner[c][k] - centre);
    }
    return sqrt(squares / (double)(s->n + 1));
}

static gboolean is_level(const Simplex *s)
{
    return s->height[s->highest] - s->height[s->lowest] < s->flat * fabs(s->height[s->lowest]);
}

/* Mirror the highest corner, or end. */
static gboolean next_round(Simplex *s)
{
    rank(s);
    if (s->rounds < s->most && (s->rounds == 0 || (size_of(s) >= s->small && !is_level(s)))) {
        s->rounds++;
        return ask_moved(s, MIRROR, -1);
    }
    memcpy(s->point, s->corner[s->lowest], s->n * sizeof *s->point);
    s->value = s->height[s->lowest];
    return FALSE;
}

static void replace_highest(Simplex *s, const double *point, double value)
{
    memcpy(s->corner[s->highest], point, s->n * sizeof *point);
    s->height[s->highest] = value;
}

/* The corners one after another; `skip` keeps its height. */
static gboolean next_corner(Simplex *s, int phase, gsize skip)
{
    s->at += s->at == skip;
    if (s->at > s->n)
        return next_round(s);
    return ask(s, phase, s->corner[s->at]);
}

static gboolean shrink(Simplex *s)
{
    for (gsize c = 0; c <= s->n; c++)
        for (gsize k = 0; k < s->n && c != s->lowest; k++)
            s->corner[c][k] = 0.5 * (s->corner[c][k] + s->corner[s->lowest][k]);
    s->at = 0;
    return next_corner(s, SHRINK, s->lowest);
}

static gboolean judge_mirrored(Simplex *s, double value)
{
    if (value < s->height[s->lowest]) {
        memcpy(s->mirrored, s->point, sizeof s->mirrored);
        s->mirrored_height = value;
        return ask_moved(s, STRETCH, -2);
    }
    gboolean poor = value > s->height[s->second];
    if (!poor || value <= s->height[s->highest])
        replace_highest(s, s->point, value);
    return poor ? ask_moved(s, CONTRACT, 0.5) : next_round(s);
}

void simplex_begin(Simplex *s, gsize n, const double *start, double step, gsize most, double small, double flat)
{
    g_assert(n >= 1 && n <= SIMPLEX_MOST);
    *s = (Simplex){.n = n, .most = most, .small = small, .flat = flat};
    for (gsize c = 0; c <= n; c++) {
        memcpy(s->corner[c], start, n * sizeof *start);
        if (c > 0)
            s->corner[c][c - 1] += step;
    }
    (void)ask(s, START, s->corner[0]);
}

gboolean simplex_tell(Simplex *s, double value)
{
    switch (s->phase) {
    case START:
    case SHRINK:
        s->height[s->at++] = value;
        return next_corner(s, s->phase, s->phase == SHRINK ? s->lowest : s->n + 1);
    case MIRROR:
        return judge_mirrored(s, value);
    case STRETCH:
        if (value < s->height[s->lowest])
            replace_highest(s, s->point, value);
        else
            replace_highest(s, s->mirrored, s->mirrored_height);
        return next_round(s);
    default: /* CONTRACT */
        if (value > s->height[s->highest])
            return shrink(s);
        replace_highest(s, s->point, value);
        return next_round(s);
    }
}

gsize simplex_ahead(const Simplex *s, double point[SIMPLEX_AHEAD][SIMPLEX_MOST])
{
    gsize points = 0;
    if (s->phase == MIRROR) {
        move(s, s->corner[s->highest], 0.5, point[points++]);
        move(s, s->corner[s->highest], -2, point[points++]);
        move(s, s->point, 0.5, point[points++]);
    }
    for (gsize c = s->at + 1; c <= s->n && (s->phase == START || s->phase == SHRINK); c++)
        if (s->phase == START || c != s->lowest)
            memcpy(point[points++], s->corner[c], sizeof s->corner[c]);
    return points;
}
