/* product_body.h -- product.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define tile LEVEL_NAME(tile)
#define tile_rows LEVEL_NAME(tile_rows)
#define tiles LEVEL_NAME(tiles)
#define pack LEVEL_NAME(pack)
#define in_place LEVEL_NAME(in_place)
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
    gsize column, width; /* columns of c */
    gboolean first, last; /* part of the inner index */
} Panel;
#endif

INLINE LEVEL_TARGET void tile(const Panel *panel, gsize at, const int rows, const int vectors, const gboolean partial)
{
    const Product *p = panel->p;
    real *c = p->c + at * p->c_row + panel->column;
    const real *a = panel->a + at * p->a_row, *b = panel->b;
    gsize a_row = p->a_row, a_inner = p->a_inner, c_row = p->c_row, step = panel->step;
    vec sum[TILE_ROWS][TILE_VECTORS], wide[TILE_VECTORS];
    gsize some[TILE_VECTORS];
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
LEVEL_TARGET static void pack(const Product *p, gsize inner, gsize count, gsize column, gsize width, real *to)
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
            if (p->sum != NULL) {
                real *at = p->sum + column + v * VEC_LANES;
                vec_store_some(at, some, vec_load_some(at, some) + sum);
            }
        }
        return;
    }
    for (gsize n = 0; n < step; n++)
        for (gsize k = 0; k < count; k++)
            to[k * step + n] = n < width ? from[k * p->b_inner + n * p->b_column] : 0;
    for (gsize n = 0; p->sum != NULL && n < width; n++)
        for (gsize k = 0; k < count; k++)
            p->sum[column + n] += from[k * p->b_inner + n * p->b_column];
}

/* Whether tiles may read the panel where it is. */
INLINE gboolean in_place(const Product *p, gsize width)
{
    return p->b_column == 1 && width % VEC_LANES == 0 && p->sum == NULL && (p->rows <= PRODUCT_FEW || p->b_inner == width);
}

/* Rows and inner indices in blocks whose part of a stays in the cache. */
LEVEL_TARGET static void run(const Product *p)
{
    real packed[PRODUCT_INNER * TILE_VECTORS * VEC_LANES] UNINITIALIZED __attribute__((aligned(64)));
    const gsize most = TILE_VECTORS * VEC_LANES;
    Panel panel = {.p = p, .first = TRUE};
    for (gsize inner = 0; inner < p->inner || panel.first; inner += PRODUCT_INNER, panel.first = FALSE) {
        panel.inner = MIN(p->inner - inner, PRODUCT_INNER);
        panel.last = inner + panel.inner == p->inner;
        panel.a = p->a + inner * p->a_inner;
        for (gsize row = 0; row < p->rows; row += PRODUCT_ROWS)
            for (gsize column = 0; column < p->columns; column += most) {
                Product here = *p;
                panel.column = column;
                panel.width = MIN(p->columns - column, most);
                here.sum = row == 0 ? p->sum : NULL;
                if (in_place(p, panel.width)) {
                    panel.b = p->b + inner * p->b_inner + column;
                    panel.step = p->b_inner;
                } else {
                    pack(&here, inner, panel.inner, column, panel.width, packed);
                    panel.b = packed;
                    panel.step = (panel.width + VEC_LANES - 1) / VEC_LANES * VEC_LANES;
                }
                tiles(&panel, row, MIN(row + PRODUCT_ROWS, p->rows));
            }
    }
}

#undef tile
#undef tile_rows
#undef tiles
#undef pack
#undef in_place
#undef run
#endif
