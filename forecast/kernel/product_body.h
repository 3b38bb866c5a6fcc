/* product_body.h -- product.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/vector.h"

#define tile LEVEL_NAME(tile)
#define tile_rows LEVEL_NAME(tile_rows)
#define tiles LEVEL_NAME(tiles)
#define fetch LEVEL_NAME(fetch)
#define lay LEVEL_NAME(lay)
#define add_up LEVEL_NAME(add_up)
#define whole LEVEL_NAME(whole)
#define pair_rows LEVEL_NAME(pair_rows)
#define pack LEVEL_NAME(pack)
#define in_place LEVEL_NAME(in_place)
#define block LEVEL_NAME(block)
#define run LEVEL_NAME(run)

/* A tile is rows x vectors of sums: 32 registers hold 6 x 4 with the operands, 16 hold 6 x 2 (AVX2) or 4 x 2. */
#undef TILE_ROWS
#undef TILE_VECTORS
#define TILE_ROWS (LEVEL == 0 ? 4 : 6)
#define TILE_VECTORS (LEVEL == 2 ? 4 : 2)

/* A block: its panel of b is at most 32 KiB, and the part of a that it meets stays in
 * the second cache.  Pairs take half the room. */
#undef BLOCK_INNER
#undef BLOCK_ROWS
#define BLOCK_INNER (128 * VEC_DEEP)
#define BLOCK_ROWS (LEVEL_PAIRS ? (gsize)192 : (gsize)256)

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
    if (p->add || p->from != NULL || !panel->first) {
        const real *held = p->from != NULL && panel->first ? p->from + (c - p->c) : c;
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < vectors; v++) {
                const real *from = held + (gsize)r * c_row + (gsize)v * VEC_LANES;
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
                sum[r][v] = vec_gather(sum[r][v], a[(gsize)r * a_row], wide[v]);
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

/* Numbers `apart` from each other, zeros beyond `some`. */
INLINE LEVEL_TARGET vec fetch(const real *from, gsize apart, gsize some)
{
    if (apart == 1)
        return some == VEC_LANES ? vec_load(from) : vec_load_some(from, some);
    real lane[VEC_LANES] = {0};
    for (gsize k = 0; k < some; k++)
        lane[k] = from[k * apart];
    return vec_load(lane);
}

/* Copy count x width numbers side by side, padded with zeros to whole vectors, so
 * that rows do not push each other out of the cache; rows that share a lane are
 * one. */
LEVEL_TARGET static void lay(const real *from, gsize row, gsize column, gsize count, gsize width, real *to, gsize step)
{
    gsize full = column == 1 ? width / VEC_LANES * VEC_LANES : 0;
    for (gsize k = 0; k < count; k += VEC_DEEP, from += VEC_DEEP * row, to += step) {
        gboolean both = VEC_DEEP > 1 && k + 1 < count;
        const real *next = both ? from + row : from;
        for (gsize n = 0; n < full; n += VEC_LANES)
            vec_store(to + n, vec_pair(vec_load(from + n), both ? vec_load(next + n) : (vec){0}));
        for (gsize n = full; n < width; n += VEC_LANES) {
            gsize some = MIN(width - n, VEC_LANES);
            vec_store(to + n, vec_pair(fetch(from + n * column, column, some), both ? fetch(next + n * column, column, some) : (vec){0}));
        }
    }
}

/* Add the sums over the rows. */
LEVEL_TARGET static void add_up(const real *from, gsize row, gsize column, gsize count, gsize width, real *sums)
{
    for (gsize n = 0; n < width; n += VEC_LANES) {
        gsize some = MIN(width - n, VEC_LANES);
        vec sum = {0};
        for (gsize k = 0; k < count; k++)
            sum += fetch(from + k * row + n * column, column, some);
        vec_store_some(sums + n, some, vec_load_some(sums + n, some) + sum);
    }
}

INLINE gsize whole(gsize width)
{
    return (width + VEC_LANES - 1) / VEC_LANES * VEC_LANES;
}

/* Whether tiles may read the panel where it is. */
INLINE gboolean in_place(const Product *p, const Product *factors, gsize width)
{
    return VEC_DEEP == 1 && factors->b_column == 1 && width % VEC_LANES == 0 && (factors != p || p->sum == NULL) &&
           (p->rows <= PRODUCT_FEW || factors->b_inner == width);
}

/* A block of rows, of inner indices of one factor pair, and of columns: the tiles of one panel. */
LEVEL_TARGET static void block(const Product *p, const Product *factors, gsize inner, gsize row, gsize column, Panel panel)
{
    const gsize most = VEC_PANEL;
    real packed[BLOCK_INNER / VEC_DEEP * VEC_PANEL] UNINITIALIZED __attribute__((aligned(64)));
    gsize count = MIN(factors->inner - inner, BLOCK_INNER);
    panel.p = p;
    panel.inner = VEC_DEPTH(count);
    panel.column = column;
    panel.first = factors == p && inner == 0;
    panel.last = inner + count == factors->inner && (factors != p || p->more == NULL);
    panel.width = MIN(p->columns - column, most);
    panel.step = whole(panel.width);
    panel.b = packed;
    if (factors->packed)
        panel.b = factors->b + column * VEC_DEPTH(factors->inner) + inner / VEC_DEEP * panel.step;
    else if (in_place(p, factors, panel.width)) {
        panel.b = factors->b + inner * factors->b_inner + column;
        panel.step = factors->b_inner;
    } else {
        const real *from = factors->b + inner * factors->b_inner + column * factors->b_column;
        lay(from, factors->b_inner, factors->b_column, count, panel.width, packed, panel.step);
        if (row == 0 && factors == p && p->sum != NULL)
            add_up(from, factors->b_inner, factors->b_column, count, panel.width, p->sum + column);
    }
    tiles(&panel, row, MIN(row + BLOCK_ROWS, p->rows));
}

LEVEL_TARGET static void pack(const Product *p, real *to)
{
    const gsize most = VEC_PANEL;
    for (gsize column = 0; column < p->columns; column += most) {
        gsize width = MIN(p->columns - column, most);
        lay(p->b + column * p->b_column, p->b_inner, p->b_column, p->inner, width, to + column * VEC_DEPTH(p->inner), whole(width));
    }
}

#if LEVEL_PAIRS
/* Pairs must lie in one place for both sides.  Rows whose inner indices are
 * neighbours stay rows; else each pair of inner indices has its rows side by side,
 * a little further apart than a power of two, which would share a few lines of the cache. */
LEVEL_TARGET static Panel pair_rows(const Product *factors, gsize inner, gsize row, gsize rows, real *to)
{
    gsize count = MIN(factors->inner - inner, BLOCK_INNER);
    const real *from = factors->a + row * factors->a_row + inner * factors->a_inner;
    if (factors->paired)
        return (Panel){.a = factors->a + inner / VEC_DEEP, .a_row = factors->a_row, .a_inner = 1};
    if (factors->a_inner == 1) {
        gsize step = whole(VEC_DEPTH(count));
        for (gsize r = 0; r < rows && count > 0; r++)
            vec_pair_up(from + r * factors->a_row, count, to + r * step);
        return (Panel){.a = to - row * step, .a_row = step, .a_inner = 1};
    }
    gsize step = whole(rows) + VEC_LANES;
    lay(from, factors->a_inner, factors->a_row, count, rows, to, step);
    return (Panel){.a = to - row, .a_row = 1, .a_inner = step};
}

LEVEL_TARGET static void run(const Product *p)
{
    const gsize most = VEC_PANEL;
    real paired[(BLOCK_ROWS + VEC_LANES) * (BLOCK_INNER / VEC_DEEP)] UNINITIALIZED __attribute__((aligned(64)));
    for (gsize row = 0; row < p->rows; row += BLOCK_ROWS)
        for (const Product *factors = p; factors != NULL; factors = factors == p ? p->more : NULL)
            for (gsize inner = 0; inner == 0 || inner < factors->inner; inner += BLOCK_INNER) {
                Panel panel = pair_rows(factors, inner, row, MIN(p->rows - row, BLOCK_ROWS), paired);
                for (gsize column = 0; column < p->columns; column += most)
                    block(p, factors, inner, row, column, panel);
            }
}
#else
/* All inner indices of one panel after the other where c is the large side, so
 * that it stays in the cache; else all panels of one block of inner indices. */
LEVEL_TARGET static void run(const Product *p)
{
    const gsize most = VEC_PANEL;
    gboolean tall = p->rows >= p->inner;
    for (gsize row = 0; row < p->rows; row += BLOCK_ROWS)
        for (gsize column = 0; column < (tall ? p->columns : most); column += most)
            for (const Product *factors = p; factors != NULL; factors = factors == p ? p->more : NULL)
                for (gsize inner = 0; inner == 0 || inner < factors->inner; inner += BLOCK_INNER)
                    for (gsize at = column; at < (tall ? MIN(column + most, p->columns) : p->columns); at += most)
                        block(p, factors, inner, row, at,
                              (Panel){.a = factors->a + inner * factors->a_inner, .a_row = factors->a_row, .a_inner = factors->a_inner});
}
#endif

#undef tile
#undef tile_rows
#undef tiles
#undef fetch
#undef lay
#undef add_up
#undef whole
#undef pair_rows
#undef pack
#undef in_place
#undef block
#undef run
#endif
