/* simplex.h -- walk to the lowest point of a function, one question at a time.
 *
 * The simplex of Nelder and Mead, turned inside out: it says which point it wants
 * to know, and is told the value there.  So several searches can be led side by
 * side, and their questions answered together.
 *
 * Source   J. A. Nelder, R. Mead (1965), A simplex method for function minimization, Comput. J. 7(4).
 */
#pragma once
#include <glib.h>

enum { SIMPLEX_MOST = 5 /* dimensions */, SIMPLEX_AHEAD = SIMPLEX_MOST };

typedef struct {
    gsize n;
    double point[SIMPLEX_MOST]; /* what is asked; in the end the best */
    double value;               /* in the end its value */
    /* its own: */
    double corner[SIMPLEX_MOST + 1][SIMPLEX_MOST], height[SIMPLEX_MOST + 1], mirrored[SIMPLEX_MOST], mirrored_height;
    gsize highest, second, lowest, at, rounds, most;
    double small, flat;
    int phase;
} Simplex;

/* Start around start[n] with corners a `step` away; end after `most` rounds, or
 * when the corners lie within `small` of their centre (root mean square), or when
 * the highest lies above the lowest by less than the share `flat` of it. */
void simplex_begin(Simplex *simplex, gsize n, const double *start, double step, gsize most, double small, double flat);

/* The value at `point`.  TRUE: there is another question; FALSE: done.  Values
 * must be finite; G_MAXDOUBLE for a point that is out of the question. */
gboolean simplex_tell(Simplex *simplex, double value);

/* What may be asked next, whatever the answer: for who can ask about several points at the price of
 * one.  Likelier ones come first; bit for bit what would be asked.  Returns how many. */
gsize simplex_ahead(const Simplex *simplex, double point[SIMPLEX_AHEAD][SIMPLEX_MOST]);
