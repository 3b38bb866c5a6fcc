/* lstm_cell_body.h -- lstm_cell.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/curve.h"

#define open_gates LEVEL_NAME(open_gates)
#define gather LEVEL_NAME(gather)
#define step_tile LEVEL_NAME(step_tile)
#define step_units LEVEL_NAME(step_units)
#define gather_abreast LEVEL_NAME(gather_abreast)
#define abreast LEVEL_NAME(abreast)
#define step_one LEVEL_NAME(step_one)
#define step LEVEL_NAME(step)
#define lay_one LEVEL_NAME(lay_one)
#define lay LEVEL_NAME(lay)
#define forward LEVEL_NAME(forward)
#define step_back LEVEL_NAME(step_back)

/* Rows of a tile: the sums of all four gates of one vector of units stay in registers. */
#undef TILE_ROWS
#define TILE_ROWS (LEVEL == 2 ? 6 : 3)

/* Vectors of units of a single row whose sums are gathered together. */
#undef ABREAST
#define ABREAST 2

/* S. Hochreiter, J. Schmidhuber (1997) with the forget gate of F. Gers et al. (2000). */
INLINE LEVEL_TARGET void open_gates(const Step *s, gsize row, gsize unit, const real *sum)
{
    gsize at = row * s->hidden + unit;
    vec i = curve_sigmoid(vec_load(sum)), f = curve_sigmoid(vec_load(sum + VEC_LANES));
    vec g = curve_tanh(vec_load(sum + 2 * VEC_LANES)), o = curve_sigmoid(vec_load(sum + 3 * VEC_LANES));
    vec c = i * g;
    if (s->before_cell != NULL)
        c += f * vec_load(s->before_cell + at);
    c *= s->live[row];
    vec t = curve_tanh(c);
    vec_store(s->cell + at, c);
    vec_store(s->out + at, o * t);
#if LEVEL_PAIRS
    _mm256_storeu_si256((__m256i *)(s->paired + at / VEC_DEEP), (__m256i)_mm512_cvtneps_pbh((__m512)(o * t)));
#endif
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
INLINE LEVEL_TARGET void gather(const real *a, gsize apart, gsize inner, const real *b, const int rows, vec sum[TILE_ROWS][4])
{
    for (gsize k = 0; k < inner; k++, b += 4 * UNITS) {
        vec wide[4] UNINITIALIZED;
        UNROLL for (int v = 0; v < 4; v++)
            wide[v] = vec_load(b + (gsize)v * UNITS);
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < 4; v++)
                sum[r][v] = vec_gather(sum[r][v], a[(gsize)r * apart + k], wide[v]);
    }
}

/* all[rows][4][lanes]: what the gates of one vector of units are made of. */
INLINE LEVEL_TARGET void step_tile(const Step *s, gsize row, gsize unit, const int rows, real *all)
{
    vec sum[TILE_ROWS][4] UNINITIALIZED;
    gsize column = unit / UNITS * 4 * UNITS + unit % UNITS, at = unit / UNITS * s->group + unit % UNITS;
    const real *start = s->start != NULL ? s->start + row * 4 * s->hidden : s->bias;
    gsize apart = s->start != NULL ? 4 * s->hidden : 0;
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < 4; v++)
            sum[r][v] = vec_load(start + (gsize)r * apart + column + (gsize)v * UNITS);
    gather(s->x + row * s->x_apart, s->x_apart, s->in, s->w + at, rows, sum);
    if (s->before != NULL)
        gather(s->before + row * s->before_apart, s->before_apart, VEC_DEPTH(s->hidden), s->u + at, rows, sum);
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < 4; v++)
            vec_store(all + (r * 4 + v) * (int)VEC_LANES, sum[r][v]);
}

#define STEP_TILE(n) \
    LEVEL_TARGET APART void LEVEL_NAME(step_tile_##n)(const Step *s, gsize row, gsize unit, real *all) { step_tile(s, row, unit, n, all); }
STEP_TILE(1)
STEP_TILE(2)
STEP_TILE(3)
#if LEVEL == 2
STEP_TILE(4)
STEP_TILE(5)
STEP_TILE(6)
#endif
#undef STEP_TILE

/* One vector of units, all rows in turn, in tiles of nearly the same size: a last
 * one of a row or two would take as long as one of four. */
LEVEL_TARGET static void step_units(const Step *s, gsize unit)
{
    static void (*const tile[])(const Step *s, gsize row, gsize unit, real *all) = {
        LEVEL_NAME(step_tile_1), LEVEL_NAME(step_tile_2), LEVEL_NAME(step_tile_3),
#if LEVEL == 2
        LEVEL_NAME(step_tile_4), LEVEL_NAME(step_tile_5), LEVEL_NAME(step_tile_6),
#endif
    };
    real all[TILE_ROWS * 4 * VEC_LANES] UNINITIALIZED __attribute__((aligned(64)));
    gsize row = 0;
    for (gsize left = (s->rows + TILE_ROWS - 1) / TILE_ROWS; left > 0; left--) {
        gsize rows = (s->rows - row + left - 1) / left;
        tile[rows - 1](s, row, unit, all);
        for (gsize r = 0; r < rows; r++, row++)
            open_gates(s, row, unit, all + r * 4 * VEC_LANES);
    }
}

#if LEVEL == 2
/* The four sums of one vector of units of a single row would wait for each other: twice as many keep the multiplier busy. */
INLINE LEVEL_TARGET void gather_abreast(const real *a, gsize inner, const real *b, gsize group, vec sum[ABREAST][4])
{
    for (gsize k = 0; k < inner; k++, b += 4 * UNITS)
        UNROLL for (int g = 0; g < ABREAST; g++)
            UNROLL for (int v = 0; v < 4; v++)
                sum[g][v] = vec_gather(sum[g][v], a[k], vec_load(b + (gsize)g * group + (gsize)v * UNITS));
}

LEVEL_TARGET APART void abreast(const Step *s, gsize unit, real *all)
{
    vec sum[ABREAST][4] UNINITIALIZED;
    gsize at = unit / UNITS * s->group;
    const real *start = (s->start != NULL ? s->start : s->bias) + 4 * unit;
    UNROLL for (int g = 0; g < ABREAST; g++)
        UNROLL for (int v = 0; v < 4; v++)
            sum[g][v] = vec_load(start + (g * 4 + v) * (int)VEC_LANES);
    gather_abreast(s->x, s->in, s->w + at, s->group, sum);
    if (s->before != NULL)
        gather_abreast(s->before, VEC_DEPTH(s->hidden), s->u + at, s->group, sum);
    UNROLL for (int g = 0; g < ABREAST; g++)
        UNROLL for (int v = 0; v < 4; v++)
            vec_store(all + (g * 4 + v) * (int)VEC_LANES, sum[g][v]);
}

LEVEL_TARGET static void step_one(const Step *s)
{
    real all[ABREAST * 4 * VEC_LANES] UNINITIALIZED __attribute__((aligned(64)));
    for (gsize k = 0; k < s->hidden; k += ABREAST * VEC_LANES) {
        gsize unit = s->turned ? s->hidden - ABREAST * VEC_LANES - k : k;
        abreast(s, unit, all);
        for (gsize g = 0; g < ABREAST; g++)
            open_gates(s, 0, unit + g * VEC_LANES, all + g * 4 * VEC_LANES);
    }
}
#endif

LEVEL_TARGET static void step(const Step *s)
{
#if LEVEL == 2
    if (s->rows == 1 && s->hidden % (ABREAST * VEC_LANES) == 0) {
        step_one(s);
        return;
    }
#endif
    for (gsize k = 0; k < s->hidden; k += VEC_LANES)
        step_units(s, s->turned ? s->hidden - VEC_LANES - k : k);
}

/* The weights w[inner][4 hidden] of each group of units side by side. */
LEVEL_TARGET static void lay_one(const real *w, gsize inner, gsize hidden, gsize group, real *to)
{
    for (gsize column = 0; column < 4 * hidden; column += 4 * UNITS, to += group)
        for (gsize k = 0; k < inner; k += VEC_DEEP)
            for (gsize v = 0; v < 4 * UNITS; v += VEC_LANES) {
                const real *at = w + k * 4 * hidden + column + v;
                vec_store(to + k / VEC_DEEP * 4 * UNITS + v, vec_pair(vec_load(at), VEC_DEEP > 1 && k + 1 < inner ? vec_load(at + 4 * hidden) : (vec){0}));
            }
}

/* In each group the input's weights, then the state's. */
LEVEL_TARGET static void lay(const real *wx, const real *wh, gsize in, gsize hidden, real *to)
{
    gsize group = (VEC_DEPTH(in) + VEC_DEPTH(hidden)) * 4 * UNITS;
    lay_one(wx, in, hidden, group, to);
    lay_one(wh, hidden, hidden, group, to + VEC_DEPTH(in) * 4 * UNITS);
}

LEVEL_TARGET static void forward(const Forward *f)
{
    gsize rows = f->rows, in = f->in, hidden = f->hidden, state = rows * hidden;
    gsize deep = VEC_DEPTH(in), group = (VEC_DEPTH(f->apart) + VEC_DEPTH(hidden)) * 4 * UNITS;
    Step s = {.rows = rows, .in = deep, .hidden = hidden, .x_apart = in, .before_apart = hidden, .w = f->packed,
              .u = f->packed + VEC_DEPTH(f->apart) * 4 * UNITS, .bias = f->bias, .group = group};
#if LEVEL_PAIRS
    real *paired = f->paired, *input = paired + state;
    s.x_apart = (deep + VEC_LANES - 1) / VEC_LANES * VEC_LANES;
    s.before_apart = hidden / VEC_DEEP;
#endif
    for (gsize t = 0; t < f->steps; t++) {
        s.x = f->x + t * rows * in;
        s.live = f->live + t * rows;
        s.out = f->out + t * state;
        s.before = t > 0 ? s.out - state : NULL;
#if LEVEL_PAIRS
        for (gsize r = 0; r < rows && in > 0; r++)
            vec_pair_up(s.x + r * in, in, input + r * s.x_apart);
        s.x = input;
        s.before = t > 0 ? s.paired : NULL;
        s.paired = paired + t % 2 * (state / VEC_DEEP);
#endif
        s.gate = f->gate != NULL ? f->gate + t * 4 * state : NULL;
        s.start = f->start != NULL ? f->start + t * 4 * state : NULL;
        s.squashed = f->gate != NULL ? f->squashed + t * state : NULL;
        s.before_cell = t == 0 ? NULL : f->gate != NULL ? f->cell + (t - 1) * state : f->cell;
        s.cell = f->gate != NULL ? f->cell + t * state : f->cell;
        s.turned = t % 2 == 1;
        step(&s);
    }
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
#undef step_tile
#undef step_units
#undef gather_abreast
#undef abreast
#undef step_one
#undef step
#undef lay_one
#undef lay
#undef forward
#undef step_back
#endif
