/* real.h -- the number that kernels compute with, and how their names are made.
 *
 * Kernels are written once.  The daemon runs them in single precision; the
 * tests build the same sources in double as well (-DKERNEL_DOUBLE
 * -DKERNEL_SUFFIX=_double), to nudge every gradient, and once for each vector
 * width (-DKERNEL_TARGET="\"avx2\"" -DKERNEL_SUFFIX=_avx2), to hold every path
 * to the same bounds.  A suffix keeps the builds apart in one program.
 *
 * All arrays are row-major and contiguous.  A kernel allocates nothing and
 * cannot fail; its arrays do not overlap unless it says so.
 */
#pragma once
#include <glib.h>
#include <math.h>

#ifdef KERNEL_DOUBLE
typedef double real;
#define real_sqrt sqrt
#else
typedef float real;
#define real_sqrt sqrtf
#endif

#define KERNEL_PASTE_(name, suffix) name##suffix
#define KERNEL_PASTE(name, suffix) KERNEL_PASTE_(name, suffix)
#ifdef KERNEL_SUFFIX
#define KERNEL(name) KERNEL_PASTE(name, KERNEL_SUFFIX)
#else
#define KERNEL(name) name
#endif

/* VECTOR before a function definition: compile it for each vector width the
 * processor may have and choose at program start.  Sanitizers instrument the
 * chooser before they are ready for it, and clang gives the chooser a name that
 * other files do not find, so both get the plain code. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined __clang__ || !defined __x86_64__ || !defined __GNUC__
#define KERNEL_PLAIN 1
#endif
#if defined KERNEL_TARGET && defined __x86_64__
#define VECTOR __attribute__((target(KERNEL_TARGET)))
#elif defined KERNEL_TARGET || defined KERNEL_PLAIN
#define VECTOR
#else
#define VECTOR __attribute__((target_clones("avx512f", "avx2", "default")))
#endif

/* Vectors that cross a line of the cache cost two accesses: workspaces begin at a
 * line, and so does each array in them that is long. */
enum { REAL_LINE = 16 };

static inline gsize real_lines(gsize n)
{
    return (n + REAL_LINE - 1) / REAL_LINE * REAL_LINE;
}

/* How far ahead of `from` the next line begins. */
static inline gsize real_ahead(const real *from)
{
    gsize line = REAL_LINE * sizeof(real), over = (guintptr)from % line;
    return over == 0 ? 0 : (line - over) / sizeof(real);
}
