/* lstm_cell_body.h -- lstm_cell.c for one vector width; included by levels.h. */
#ifdef LEVEL
#include "forecast/kernel/curve.h"

#define open_gates LEVEL_NAME(open_gates)
#define column_at LEVEL_NAME(column_at)
#define gate_apart LEVEL_NAME(gate_apart)
#define gather LEVEL_NAME(gather)
#define step_tile LEVEL_NAME(step_tile)
#define step_units LEVEL_NAME(step_units)
#define gather_abreast LEVEL_NAME(gather_abreast)
#define abreast LEVEL_NAME(abreast)
#define step_one LEVEL_NAME(step_one)
#define step LEVEL_NAME(step)
#define forward LEVEL_NAME(forward)
#define say_again LEVEL_NAME(say_again)
#define gates_of LEVEL_NAME(gates_of)
#define slope_at LEVEL_NAME(slope_at)
#define fetch_before LEVEL_NAME(fetch_before)
#define step_back_pairwise LEVEL_NAME(step_back_pairwise)
#define has_pairs LEVEL_NAME(has_pairs)
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
    vec_store(s->out + at, s->add != NULL ? vec_load(s->add + at) + o * t : o * t);
#if LEVEL_PAIRS
    _mm256_storeu_si256((__m256i *)(s->after + at / VEC_DEEP), (__m256i)_mm512_cvtneps_pbh((__m512)(o * t)));
#else
    vec_store(s->after + at, o * t);
#endif
    if (s->gate == NULL)
        return;
#if LEVEL_PAIRS
    if (s->pairs) {
        real *pairs = s->gate + row * 2 * s->hidden + 2 * unit;
        vec_store(pairs, (vec)_mm512_cvtne2ps_pbh((__m512)f, (__m512)i));
        vec_store(pairs + UNITS, (vec)_mm512_cvtne2ps_pbh((__m512)o, (__m512)g));
        return;
    }
#endif
    real *gate = s->gate + row * 4 * s->hidden + unit / UNITS * 4 * UNITS + unit % UNITS;
    vec_store(gate, i);
    vec_store(gate + UNITS, f);
    vec_store(gate + 2 * UNITS, g);
    vec_store(gate + 3 * UNITS, o);
}

/* Where the weights of a unit's first gate lie in packed panels of `deep` inner indices, and how much further those of the next gate. */
INLINE LEVEL_TARGET gsize column_at(gsize unit, gsize deep)
{
    gsize column = unit / UNITS * 4 * UNITS + unit % UNITS;
    return column / VEC_PANEL * VEC_PANEL * deep + column % VEC_PANEL;
}

INLINE LEVEL_TARGET gsize gate_apart(gsize deep)
{
    return VEC_PANEL > UNITS ? UNITS : UNITS * deep;
}

/* sum += a[rows][inner] b, the weights of one vector of units. */
INLINE LEVEL_TARGET void gather(const real *a, gsize apart, gsize inner, const real *b, gsize gate, const int rows, vec sum[TILE_ROWS][4])
{
    for (gsize k = 0; k < inner; k++, b += VEC_PANEL) {
        vec wide[4] UNINITIALIZED;
        UNROLL for (int v = 0; v < 4; v++)
            wide[v] = vec_load(b + (gsize)v * gate);
        UNROLL for (int r = 0; r < rows; r++)
            UNROLL for (int v = 0; v < 4; v++)
                sum[r][v] = vec_gather(sum[r][v], a[(gsize)r * apart + k], wide[v]);
    }
}

/* all[rows][4][lanes]: what the gates of one vector of units are made of. */
INLINE LEVEL_TARGET void step_tile(const Step *s, gsize row, gsize unit, const int rows, real *all)
{
    vec sum[TILE_ROWS][4] UNINITIALIZED;
    gsize column = unit / UNITS * 4 * UNITS + unit % UNITS;
    const real *start = s->start != NULL ? s->start + row * 4 * s->hidden : s->bias;
    gsize apart = s->start != NULL ? 4 * s->hidden : 0;
    UNROLL for (int r = 0; r < rows; r++)
        UNROLL for (int v = 0; v < 4; v++)
            sum[r][v] = vec_load(start + (gsize)r * apart + column + (gsize)v * UNITS);
    gather(s->x + row * s->x_apart, s->x_apart, s->in, s->w + column_at(unit, s->w_deep), gate_apart(s->w_deep), rows, sum);
    if (s->before != NULL)
        gather(s->before + row * s->before_apart, s->before_apart, s->u_deep, s->u + column_at(unit, s->u_deep), gate_apart(s->u_deep), rows, sum);
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
INLINE LEVEL_TARGET void gather_abreast(const real *a, gsize inner, const real *b, gsize deep, vec sum[ABREAST][4])
{
    for (gsize k = 0; k < inner; k++, b += VEC_PANEL)
        UNROLL for (int g = 0; g < ABREAST; g++)
            UNROLL for (int v = 0; v < 4; v++)
                sum[g][v] = vec_gather(sum[g][v], a[k], vec_load(b + (gsize)g * VEC_PANEL * deep + (gsize)v * UNITS));
}

LEVEL_TARGET APART void abreast(const Step *s, gsize unit, real *all)
{
    vec sum[ABREAST][4] UNINITIALIZED;
    const real *start = (s->start != NULL ? s->start : s->bias) + 4 * unit;
    UNROLL for (int g = 0; g < ABREAST; g++)
        UNROLL for (int v = 0; v < 4; v++)
            sum[g][v] = vec_load(start + (g * 4 + v) * (int)VEC_LANES);
    gather_abreast(s->x, s->in, s->w + column_at(unit, s->w_deep), s->w_deep, sum);
    if (s->before != NULL)
        gather_abreast(s->before, s->u_deep, s->u + column_at(unit, s->u_deep), s->u_deep, sum);
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

LEVEL_TARGET static void forward(const Forward *f)
{
    gsize rows = f->rows, in = f->in, hidden = f->hidden, state = rows * hidden, cell_apart = f->keep ? state : 0;
    Step s = {.rows = rows, .in = VEC_DEPTH(in), .hidden = hidden, .x_apart = in, .before_apart = VEC_DEPTH(hidden), .w = f->wx, .u = f->wh,
              .pairs = f->pairs, .w_deep = VEC_DEPTH(f->apart), .u_deep = VEC_DEPTH(hidden), .bias = f->bias};
#if LEVEL_PAIRS
    real *input = f->state + 2 * state;
    s.x_apart = (VEC_DEPTH(in) + VEC_LANES - 1) / VEC_LANES * VEC_LANES;
#endif
    for (gsize t = 0; t < f->steps; t++) {
        gboolean first = t == 0 && !f->begun;
        s.x = f->x != NULL ? f->x + t * rows * in : NULL;
#if LEVEL_PAIRS
        for (gsize r = 0; r < rows && in > 0; r++)
            vec_pair_up(s.x + r * in, in, input + r * s.x_apart);
        s.x = input;
#endif
        s.live = f->live + t * rows;
        s.add = f->add != NULL ? f->add + t * state : NULL;
        s.out = f->out + t * state;
        s.after = f->state + t % 2 * state;
        s.before = first ? NULL : f->state + (t + 1) % 2 * state;
        s.gate = f->gate != NULL ? f->gate + t * 4 * state : NULL;
        s.start = f->start != NULL ? f->start + t * 4 * state : NULL;
        s.cell = f->cell + t * cell_apart;
        s.before_cell = first ? NULL : s.cell - cell_apart;
        s.turned = t % 2 == 1;
        step(&s);
    }
    if (f->steps % 2 == 1) /* the next stretch looks for it where an even number of steps leaves it */
        memcpy(f->state + state, f->state, state * sizeof *f->state);
}

/* The four gates of one vector of units, as the forward pass left them. */
INLINE LEVEL_TARGET void gates_of(const real *gate, gsize row, gsize unit, gsize hidden, gboolean pairs, vec v[4])
{
#if LEVEL_PAIRS
    if (pairs) {
        const __m256i *from = (const __m256i *)(gate + row * 2 * hidden + 2 * unit);
        UNROLL for (int k = 0; k < 4; k++)
            v[k] = (vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(from + k)), 16);
        return;
    }
#endif
    (void)pairs;
    UNROLL for (int k = 0; k < 4; k++)
        v[k] = vec_load(gate + row * 4 * hidden + unit / UNITS * 4 * UNITS + unit % UNITS + k * UNITS);
}

/* The outputs of a step once more, from its gates and cells. */
LEVEL_TARGET static void say_again(const real *gate, const real *cell, gsize rows, gsize hidden, gboolean pairs, real *out)
{
    for (gsize row = 0; row < rows; row++)
        for (gsize unit = 0; unit < hidden; unit += VEC_LANES) {
            vec v[4];
            gates_of(gate, row, unit, hidden, pairs, v);
            vec_store(out + row * hidden + unit, v[3] * curve_tanh(vec_load(cell + row * hidden + unit)));
        }
}

/* With live = 0 the step's cell and output are 0 whatever came in, and so are all its gradients. */
INLINE LEVEL_TARGET void slope_at(const StepBack *s, gsize row, gsize unit, vec slope[4])
{
    gsize at = row * s->hidden + unit;
    gates_of(s->gate, row, unit, s->hidden, s->pairs != NULL, slope);
    vec i = slope[0], f = slope[1], g = slope[2], o = slope[3];
    vec t = curve_tanh(vec_load(s->cell + at)), dout = vec_load(s->dout + at);
    vec past = s->before_cell != NULL ? vec_load(s->before_cell + at) : (vec){0};
    vec_store(s->out + at, o * t);
    if (!s->last)
        dout += vec_load(s->dstate + at);
    vec dc = dout * o * (1 - t * t);
    if (!s->last)
        dc += vec_load(s->dcell + at);
    dc *= s->live[row];
    slope[0] = dc * g * i * (1 - i);
    slope[1] = dc * past * f * (1 - f);
    slope[2] = dc * i * (1 - g * g);
    slope[3] = s->live[row] * dout * t * o * (1 - o);
    vec_store(s->dcell + at, dc * f);
}

#if LEVEL_PAIRS
/* The step before, which is read next, lies far away. */
INLINE LEVEL_TARGET void fetch_before(const StepBack *s, gsize row, gsize unit)
{
    const real *gate = s->gate - s->rows * 4 * s->hidden + row * 2 * s->hidden + 2 * unit;
    if (s->before_cell == NULL)
        return;
    __builtin_prefetch(gate);
    __builtin_prefetch(gate + UNITS);
    __builtin_prefetch(s->before_cell - s->rows * s->hidden + row * s->hidden + unit);
}

/* Two rows at once: their gradients go where products find them, in pairs. */
LEVEL_TARGET static void step_back_pairwise(const StepBack *s)
{
    for (gsize row = 0; row < s->rows; row += 2)
        for (gsize unit = 0; unit < s->hidden; unit += VEC_LANES) {
            real *laid = s->laid + 4 * unit * s->deep + row / 2 * 4 * UNITS, *dbias = s->dbias + 4 * unit;
            vec even[4], odd[4];
            fetch_before(s, row, unit);
            fetch_before(s, row + 1, unit);
            slope_at(s, row, unit, even);
            slope_at(s, row + 1, unit, odd);
            real *pairs = s->pairs + row * 2 * s->hidden + 2 * unit;
            UNROLL for (int v = 0; v < 4; v += 2) {
                vec_store(pairs + v * UNITS / 2, (vec)_mm512_cvtne2ps_pbh((__m512)even[v + 1], (__m512)even[v]));
                vec_store(pairs + 2 * s->hidden + v * UNITS / 2, (vec)_mm512_cvtne2ps_pbh((__m512)odd[v + 1], (__m512)odd[v]));
            }
            UNROLL for (int v = 0; v < 4; v++) {
                vec_store(laid + v * UNITS, vec_pair(even[v], odd[v]));
                vec_store(dbias + v * UNITS, vec_load(dbias + v * UNITS) + even[v] + odd[v]);
            }
        }
}
#endif

LEVEL_TARGET static void step_back(const StepBack *s)
{
#if LEVEL_PAIRS
    if (s->pairs != NULL) {
        step_back_pairwise(s);
        return;
    }
#endif
    for (gsize row = 0; row < s->rows; row++)
        for (gsize unit = 0; unit < s->hidden; unit += VEC_LANES) {
            vec slope[4];
            slope_at(s, row, unit, slope);
            for (int v = 0; v < 4; v++)
                vec_store(s->gate + row * 4 * s->hidden + unit / UNITS * 4 * UNITS + unit % UNITS + v * (int)UNITS, slope[v]);
        }
}

LEVEL_TARGET static gboolean has_pairs(void)
{
    return LEVEL_PAIRS;
}

#undef open_gates
#undef column_at
#undef gate_apart
#undef gather
#undef step_tile
#undef step_units
#undef gather_abreast
#undef abreast
#undef step_one
#undef step
#undef forward
#undef say_again
#undef gates_of
#undef slope_at
#undef fetch_before
#undef step_back_pairwise
#undef has_pairs
#undef step_back
#endif
