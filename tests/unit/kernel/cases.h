/* cases.h -- every kernel and both networks as functions of plain doubles, for the tests.
 *
 * cases.c is compiled once for each build of the kernels (real.h); each build
 * offers the same table.  A case converts its inputs, runs forward, and, when
 * asked, backward.
 */
#pragma once
#include <glib.h>

enum { CASE_INPUTS = 40 };

typedef struct Case {
    const char *name;
    gsize inputs, size[CASE_INPUTS], out;
    /* Fill out[] from in[]; when dout is not NULL also din[], the gradient of sum(dout * out). */
    void (*run)(const struct Case *self, const double *const *in, const double *dout, double *out, double *const *din);
    gboolean transformer; /* networks */
    gsize smooth;         /* the first so many inputs have a gradient; the others are data */
    gsize passes;         /* matrix products behind one another, whose rounding adds up; 0 = 1 */
} Case;

enum { CASES = 15 };
typedef void CasesFill(Case cases[CASES]);
CasesFill cases_fill, cases_fill_double, cases_fill_plain, cases_fill_avx2, cases_fill_avx512f, cases_fill_bf16;
