/* lstm_cell_body.h -- lstm_cell.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/curve.h"

#define open_gates LEVEL_NAME(open_gates)
#define gather LEVEL_NAME(gather)
#define step_units LEVEL_NAME(step_units)
#define step_tile LEVEL_NAME(step_tile)
#define step LEVEL_NAME(step)
#define step_back LEVEL_NAME(step_back)

/* Rows of a tile: the sums of all four gates of one vector of units stay in registers. */
#undef TILE_ROWS
#define TILE_ROWS (LEVEL == 2 ? 6 : 3)

/* S. Hochreiter, J. Schmidhuber (1997) with the forget gate of F. Gers et al. (2000). */
INLINE LEVEL_TARGET void open_gates(const Step *s, gsize row, gsize unit, const vec *sum)
{
    gsize at = row * s->hidden + unit;
    vec i = curve_sigmoid(sum[0]), f = curve_sigmoid(sum[1]), g = curve_tanh(sum[2]), o = curve_sigmoid(sum[3]);
    vec c = i * g;
    if (s->before_cell != NULL)
        c += f * vec_load(s->before_cell + at);
    c *= s->live[row];
    vec t = curve_tanh(c);
    vec_store(s->cell + at, c);
    vec_store(s->out + at, o * t);
    if (s->gate == NULL)
        return;
    real *gate = s->gate + row * 4 * s->hidden + unit / UNITS * 4 * UNITS + unit % UNITS;
    vec_store(gate, i);
    vec_store(gate + UNITS, f);
    vec_store(gate + 2 * UNITS, g);
    vec_store(gate + 3 * UNITS, o);
    vec_store(s->squashed + at, t);
}

/* sum += a[rows][inner] b, the weights of one vector of units. */
INLINE LEVEL_TARGET void gather(const real *a, gsize inner, const real *b, const int rows, vec sum[TILE_ROWS][4])
{
    for (gsize k = 0; k < inner; k++, b += 4 * UNITS) {
        vec wide[4] UNINITIALIZED;
        UNROLL for (int v = 0; v < 4; v++)
            wide[v] = vec_load(b + (gsize)v * UNITS);
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < 4; v++)
                sum[r][v] += a[(gsize)r * inner + k] * wide[v];
    }
}

INLINE LEVEL_TARGET void step_tile(const Step *s, gsize row, gsize unit, const int rows)
{
    vec sum[TILE_ROWS][4] UNINITIALIZED;
    gsize column = unit / UNITS * 4 * UNITS + unit % UNITS, at = unit / UNITS * s->group + unit % UNITS;
    const real *start = s->start != NULL ? s->start + row * 4 * s->hidden : s->bias;
    gsize apart = s->start != NULL ? 4 * s->hidden : 0;
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < 4; v++)
            sum[r][v] = vec_load(start + (gsize)r * apart + column + (gsize)v * UNITS);
    gather(s->x + row * s->in, s->in, s->w + at, rows, sum);
    if (s->before != NULL)
        gather(s->before + row * s->hidden, s->hidden, s->u + at, rows, sum);
    UNROLL for (int r = 0; r < rows; r++)
        open_gates(s, row + (gsize)r, unit, sum[r]);
}

/* One vector of units, all rows in turn. */
INLINE LEVEL_TARGET void step_units(const Step *s, gsize unit)
{
    gsize row = 0;
    for (; row + TILE_ROWS <= s->rows; row += TILE_ROWS)
        step_tile(s, row, unit, TILE_ROWS);
    if (TILE_ROWS > 4 && row + 4 <= s->rows) {
        step_tile(s, row, unit, 4);
        row += 4;
    }
    if (row + 2 <= s->rows) {
        step_tile(s, row, unit, 2);
        row += 2;
    }
    if (row < s->rows)
        step_tile(s, row, unit, 1);
}

LEVEL_TARGET static void step(const Step *s)
{
    for (gsize k = 0; k < s->hidden; k += VEC_LANES)
        step_units(s, s->turned ? s->hidden - VEC_LANES - k : k);
}

/* With live = 0 the step's cell and output are 0 whatever came in, and so are all its gradients. */
LEVEL_TARGET static void step_back(const StepBack *s)
{
    for (gsize row = 0; row < s->rows; row++)
        for (gsize unit = 0; unit < s->hidden; unit += VEC_LANES) {
            gsize at = row * s->hidden + unit;
            real *gate = s->gate + row * 4 * s->hidden + unit / UNITS * 4 * UNITS + unit % UNITS;
            vec i = vec_load(gate), f = vec_load(gate + UNITS), g = vec_load(gate + 2 * UNITS), o = vec_load(gate + 3 * UNITS);
            vec t = vec_load(s->squashed + at), dout = vec_load(s->dout + at);
            vec past = s->before_cell != NULL ? vec_load(s->before_cell + at) : (vec){0};
            if (!s->last)
                dout += vec_load(s->dstate + at);
            vec dc = dout * o * (1 - t * t);
            if (!s->last)
                dc += vec_load(s->dcell + at);
            dc *= s->live[row];
            vec_store(gate, dc * g * i * (1 - i));
            vec_store(gate + UNITS, dc * past * f * (1 - f));
            vec_store(gate + 2 * UNITS, dc * i * (1 - g * g));
            vec_store(gate + 3 * UNITS, s->live[row] * dout * t * o * (1 - o));
            vec_store(s->dcell + at, dc * f);
        }
}

#undef open_gates
#undef gather
#undef step_units
#undef step_tile
#undef step
#undef step_back
#endif
