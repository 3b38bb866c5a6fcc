#include "forecast/kernel/affine.h"

#include <cblas.h>
#include <string.h>

#ifdef KERNEL_DOUBLE
#define GEMM cblas_dgemm
#else
#define GEMM cblas_sgemm
#endif

void affine_forward(const real *x, const real *w, const real *bias, gsize rows, gsize in, gsize out, real keep, real *y)
{
    if (bias != NULL)
        for (gsize r = 0; r < rows; r++)
            memcpy(y + r * out, bias, out * sizeof *y);
    GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)out, (int)in, 1, x, (int)in, w, (int)out,
         bias != NULL ? 1 : keep, y, (int)out);
}

void affine_backward_input(const real *dy, const real *wt, gsize rows, gsize in, gsize out, real keep, real *dx)
{
    GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)in, (int)out, 1, dy, (int)out, wt, (int)in,
         keep, dx, (int)in);
}

VECTOR static void add_rows(const real *dy, gsize rows, gsize out, real *sum)
{
    for (gsize r = 0; r < rows; r++)
        for (gsize k = 0; k < out; k++)
            sum[k] += dy[r * out + k];
}

void affine_backward_weight(const real *x, const real *dy, gsize rows, gsize in, gsize out, real *dw, real *dbias)
{
    GEMM(CblasRowMajor, CblasTrans, CblasNoTrans, (int)in, (int)out, (int)rows, 1, x, (int)in, dy, (int)out, 1, dw, (int)out);
    if (dbias != NULL)
        add_rows(dy, rows, out, dbias);
}

void affine_transpose(const real *w, gsize in, gsize out, real *wt)
{
    for (gsize i = 0; i < in; i++)
        for (gsize k = 0; k < out; k++)
            wt[k * in + i] = w[i * out + k];
}
