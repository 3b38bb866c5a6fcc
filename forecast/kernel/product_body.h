/* product_body.h -- product.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define tile LEVEL_NAME(tile)
#define tile_rows LEVEL_NAME(tile_rows)
#define tiles LEVEL_NAME(tiles)
#define pack LEVEL_NAME(pack)
#define in_place LEVEL_NAME(in_place)
#define block LEVEL_NAME(block)
#define run LEVEL_NAME(run)

/* A tile is rows x vectors of sums: 32 registers hold 6 x 4 with the operands, 16 hold 6 x 2 (AVX2) or 4 x 2. */
#undef TILE_ROWS
#undef TILE_VECTORS
#define TILE_ROWS (LEVEL == 0 ? 4 : 6)
#define TILE_VECTORS (LEVEL == 2 ? 4 : 2)

/* What all tiles of one panel of b have in common. */
#ifndef PRODUCT_PANEL
#define PRODUCT_PANEL
typedef struct {
    const Product *p;
    const real *b;       /* of this panel, its rows `step` apart */
    gsize step, inner;
    const real *a;       /* from the first inner index of the panel on */
    gsize a_row, a_inner;
    gsize column, width; /* columns of c */
    gboolean first, last; /* part of the inner index */
} Panel;
#endif

INLINE LEVEL_TARGET void tile(const Panel *panel, gsize at, const int rows, const int vectors, const gboolean partial)
{
    const Product *p = panel->p;
    real *c = p->c + at * p->c_row + panel->column;
    const real *a = panel->a + at * panel->a_row, *b = panel->b;
    gsize a_row = panel->a_row, a_inner = panel->a_inner, c_row = p->c_row, step = panel->step;
    vec sum[TILE_ROWS][TILE_VECTORS] UNINITIALIZED, wide[TILE_VECTORS] UNINITIALIZED;
    gsize some[TILE_VECTORS] UNINITIALIZED;
    UNROLL for (int v = 0; v < vectors; v++)
        some[v] = CLAMP(panel->width, (gsize)v * VEC_LANES, (gsize)(v + 1) * VEC_LANES) - (gsize)v * VEC_LANES;
    if (p->add || !panel->first) {
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++) {
                const real *from = c + (gsize)r * c_row + (gsize)v * VEC_LANES;
                sum[r][v] = partial ? vec_load_some(from, some[v]) : vec_load(from);
            }
    } else if (p->bias != NULL) {
        UNROLL for (int v = 0; v < vectors; v++) {
            const real *from = p->bias + panel->column + (gsize)v * VEC_LANES;
            wide[v] = partial ? vec_load_some(from, some[v]) : vec_load(from);
        }
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++)
                sum[r][v] = wide[v];
    } else {
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++)
                sum[r][v] = (vec){0};
    }
    for (gsize k = 0; k < panel->inner; k++, a += a_inner, b += step) {
        UNROLL for (int v = 0; v < vectors; v++)
            wide[v] = vec_load(b + (gsize)v * VEC_LANES);
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++)
                sum[r][v] += a[(gsize)r * a_row] * wide[v];
    }
    if (panel->last && p->relu)
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++)
                sum[r][v] = vec_where(sum[r][v], sum[r][v]);
    if (panel->last && p->open != NULL)
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++) {
                const real *from = p->open + (c - p->c) + (gsize)r * c_row + (gsize)v * VEC_LANES;
                sum[r][v] = vec_where(partial ? vec_load_some(from, some[v]) : vec_load(from), sum[r][v]);
            }
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < vectors; v++) {
            real *to = c + (gsize)r * c_row + (gsize)v * VEC_LANES;
            if (partial)
                vec_store_some(to, some[v], sum[r][v]);
            else
                vec_store(to, sum[r][v]);
        }
}

/* All rows from `at` to `end`, in tiles of as many rows as fit. */
INLINE LEVEL_TARGET void tile_rows(const Panel *panel, gsize at, gsize end, const int vectors, const gboolean partial)
{
    for (; at + TILE_ROWS <= end; at += TILE_ROWS)
        tile(panel, at, TILE_ROWS, vectors, partial);
    if (TILE_ROWS > 4 && at + 4 <= end) {
        tile(panel, at, 4, vectors, partial);
        at += 4;
    }
    if (at + 2 <= end) {
        tile(panel, at, 2, vectors, partial);
        at += 2;
    }
    if (at < end)
        tile(panel, at, 1, vectors, partial);
}

LEVEL_TARGET static void tiles(const Panel *panel, gsize at, gsize end)
{
    gboolean partial = panel->width % VEC_LANES != 0;
    switch ((panel->width + VEC_LANES - 1) / VEC_LANES * 2 + partial) {
    case 2:
        tile_rows(panel, at, end, 1, FALSE);
        break;
    case 3:
        tile_rows(panel, at, end, 1, TRUE);
        break;
    case 4:
        tile_rows(panel, at, end, 2, FALSE);
        break;
    case 5:
        tile_rows(panel, at, end, 2, TRUE);
        break;
#if LEVEL == 2
    case 6:
    case 7:
        tile_rows(panel, at, end, 3, TRUE);
        break;
    case 8:
        tile_rows(panel, at, end, 4, FALSE);
        break;
    default:
        tile_rows(panel, at, end, 4, TRUE);
#endif
    }
}

/* Copy a panel of b side by side, so that its rows do not push each other out
 * of the cache, padded with zeros to whole vectors; add its column sums. */
LEVEL_TARGET static void pack(const Product *p, gsize inner, gsize count, gsize column, gsize width, real *sums, real *to)
{
    gsize vectors = (width + VEC_LANES - 1) / VEC_LANES, step = vectors * VEC_LANES;
    const real *from = p->b + inner * p->b_inner + column * p->b_column;
    if (p->b_column == 1) {
        for (gsize v = 0; v < vectors; v++) {
            gsize some = MIN(width - v * VEC_LANES, VEC_LANES);
            vec sum = {0};
            for (gsize k = 0; k < count; k++) {
                const real *at = from + k * p->b_inner + v * VEC_LANES;
                vec one = some == VEC_LANES ? vec_load(at) : vec_load_some(at, some);
                vec_store(to + k * step + v * VEC_LANES, one);
                sum += one;
            }
            if (sums != NULL) {
                real *at = sums + column + v * VEC_LANES;
                vec_store_some(at, some, vec_load_some(at, some) + sum);
            }
        }
        return;
    }
    for (gsize n = 0; n < step; n++)
        for (gsize k = 0; k < count; k++)
            to[k * step + n] = n < width ? from[k * p->b_inner + n * p->b_column] : 0;
    for (gsize n = 0; sums != NULL && n < width; n++)
        for (gsize k = 0; k < count; k++)
            sums[column + n] += from[k * p->b_inner + n * p->b_column];
}

/* Whether tiles may read the panel where it is. */
INLINE gboolean in_place(const Product *p, const Product *factors, gsize width)
{
    return factors->b_column == 1 && width % VEC_LANES == 0 && (factors != p || p->sum == NULL) &&
           (p->rows <= PRODUCT_FEW || factors->b_inner == width);
}

/* A block of rows, of inner indices of one factor pair, and of columns: the tiles of one panel. */
LEVEL_TARGET static void block(const Product *p, const Product *factors, gsize inner, gsize row, gsize column)
{
    real packed[PRODUCT_INNER * TILE_VECTORS * VEC_LANES] UNINITIALIZED __attribute__((aligned(64)));
    Panel panel = {.p = p, .inner = MIN(factors->inner - inner, PRODUCT_INNER), .column = column, .a = factors->a + inner * factors->a_inner,
                   .a_row = factors->a_row, .a_inner = factors->a_inner, .first = factors == p && inner == 0,
                   .width = MIN(p->columns - column, TILE_VECTORS * VEC_LANES)};
    panel.last = inner + panel.inner == factors->inner && (factors != p || p->more == NULL);
    if (in_place(p, factors, panel.width)) {
        panel.b = factors->b + inner * factors->b_inner + column;
        panel.step = factors->b_inner;
    } else {
        pack(factors, inner, panel.inner, column, panel.width, row == 0 && factors == p ? p->sum : NULL, packed);
        panel.b = packed;
        panel.step = (panel.width + VEC_LANES - 1) / VEC_LANES * VEC_LANES;
    }
    tiles(&panel, row, MIN(row + PRODUCT_ROWS, p->rows));
}

/* All inner indices of one panel after the other where c is the large side, so
 * that it stays in the cache; else all panels of one block of inner indices. */
LEVEL_TARGET static void run(const Product *p)
{
    const gsize most = TILE_VECTORS * VEC_LANES;
    gboolean tall = p->rows >= p->inner;
    for (gsize row = 0; row < p->rows; row += PRODUCT_ROWS)
        for (gsize column = 0; column < (tall ? p->columns : most); column += most)
            for (const Product *factors = p; factors != NULL; factors = factors == p ? p->more : NULL)
                for (gsize inner = 0; inner == 0 || inner < factors->inner; inner += PRODUCT_INNER)
                    for (gsize at = column; at < (tall ? MIN(column + most, p->columns) : p->columns); at += most)
                        block(p, factors, inner, row, at);
}

#undef tile
#undef tile_rows
#undef tiles
#undef pack
#undef in_place
#undef block
#undef run
#endif
