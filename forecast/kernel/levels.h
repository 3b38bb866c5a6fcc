/* levels.h -- compile a body of vector code once for each width the processor may have.
 *
 * Where plain loops are not enough, a kernel is written with vectors of the
 * compiler (GCC and clang).  Define LEVELS_BODY as the name of the file and
 * include this header: the file is compiled for 64-byte vectors (AVX-512),
 * 32-byte ones (AVX2 with FMA) and 16-byte ones (any processor), with these
 * names set anew each time:
 *
 *   LEVEL        0, 1 or 2: 16, 32 or 64 bytes
 *   LEVEL_BYTES  size of a vector
 *   LEVEL_NAME(x)  x with the level's suffix, for every name the body defines
 *   LEVEL_TARGET   to stand before each function of the body
 *   LEVEL_PAIRS    1 in a fourth build, of 64 bytes, for products of pairs of bfloat16
 *                  (precision.h), which only a file that defines LEVELS_PAIRS has; else 0
 *
 * LEVELS_CALL(f, ...) then calls the best f there is.  Unlike VECTOR of real.h it
 * asks at each call, so that it works under sanitizers and with clang as well.
 * A test build fixes the level by KERNEL_LEVEL, 3 being level 2 with pairs; doubles
 * have level 0 only.
 */
#include "forecast/kernel/precision.h"
#include "forecast/kernel/real.h"

#ifndef LEVELS_ONCE
#define LEVELS_ONCE
#if defined __x86_64__ && !defined KERNEL_DOUBLE
#ifndef KERNEL_LEVEL
#define LEVELS_ALL 1
#else
#define LEVELS_ALL 0
#endif
#define LEVELS_HAS(level) (LEVELS_ALL || LEVELS_ONLY == (level))
#if defined KERNEL_LEVEL && KERNEL_LEVEL == 3 && !defined LEVELS_PAIRS
#define LEVELS_ONLY 2
#elif defined KERNEL_LEVEL
#define LEVELS_ONLY KERNEL_LEVEL
#else
#define LEVELS_ONLY 0
#endif
#else
#define LEVELS_ALL 0
#define LEVELS_ONLY 0
#define LEVELS_HAS(level) ((level) == 0)
#endif

#if LEVELS_ALL
/* The widest vectors that this processor has. */
static inline int levels_best(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
        return 2;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#ifdef LEVELS_PAIRS
#define LEVELS_CALL(f, ...) \
    (precision_is_mixed() ? f##_pairs(__VA_ARGS__) : levels_best() == 2 ? f##_64(__VA_ARGS__) : \
     levels_best() == 1 ? f##_32(__VA_ARGS__) : f##_16(__VA_ARGS__))
#else
#define LEVELS_CALL(f, ...) \
    (levels_best() == 2 ? f##_64(__VA_ARGS__) : levels_best() == 1 ? f##_32(__VA_ARGS__) : f##_16(__VA_ARGS__))
#endif
#elif LEVELS_ONLY == 3
#define LEVELS_CALL(f, ...) f##_pairs(__VA_ARGS__)
#elif LEVELS_ONLY == 2
#define LEVELS_CALL(f, ...) f##_64(__VA_ARGS__)
#elif LEVELS_ONLY == 1
#define LEVELS_CALL(f, ...) f##_32(__VA_ARGS__)
#else
#define LEVELS_CALL(f, ...) f##_16(__VA_ARGS__)
#endif

/* Loops whose counts are known and whose arrays are to become registers.  Under
 * sanitizers they become none: gcc took a minute for what nobody runs for its speed,
 * and clang 14 would not come to an end. */
#if defined __SANITIZE_ADDRESS__
#define UNROLL
#define INLINE __attribute__((unused)) static
#elif defined __clang__
#if __has_feature(address_sanitizer)
#define UNROLL
#else
#define UNROLL _Pragma("clang loop unroll(full)")
#endif
#define INLINE __attribute__((always_inline)) static inline
#else
#define UNROLL _Pragma("GCC unroll 16")
#define INLINE __attribute__((always_inline)) static inline
#endif
/* Apart from its caller, whose constants would take the registers that sums are to lie in. */
#define APART __attribute__((noinline)) static
/* A buffer that is written before it is read; hardened builds would clear it at each call. */
#define UNINITIALIZED __attribute__((uninitialized))
#if defined __x86_64__
#include <immintrin.h>
#endif
#endif

#ifdef LEVELS_BODY
#define LEVEL_PAIRS 0
#if LEVELS_HAS(0)
#define LEVEL 0
#define LEVEL_BYTES 16
#define LEVEL_NAME(x) KERNEL_PASTE(x, _16)
#define LEVEL_TARGET
#include LEVELS_BODY
#undef LEVEL
#undef LEVEL_BYTES
#undef LEVEL_NAME
#undef LEVEL_TARGET
#endif
#if LEVELS_HAS(1)
#define LEVEL 1
#define LEVEL_BYTES 32
#define LEVEL_NAME(x) KERNEL_PASTE(x, _32)
#define LEVEL_TARGET __attribute__((target("avx2,fma")))
#include LEVELS_BODY
#undef LEVEL
#undef LEVEL_BYTES
#undef LEVEL_NAME
#undef LEVEL_TARGET
#endif
#if LEVELS_HAS(2)
#define LEVEL 2
#define LEVEL_BYTES 64
#define LEVEL_NAME(x) KERNEL_PASTE(x, _64)
#define LEVEL_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma")))
#include LEVELS_BODY
#undef LEVEL
#undef LEVEL_BYTES
#undef LEVEL_NAME
#undef LEVEL_TARGET
#endif
#undef LEVEL_PAIRS
#if defined LEVELS_PAIRS && LEVELS_HAS(3) && defined __x86_64__ && !defined KERNEL_DOUBLE
#define LEVEL_PAIRS 1
#define LEVEL 2
#define LEVEL_BYTES 64
#define LEVEL_NAME(x) KERNEL_PASTE(x, _pairs)
#define LEVEL_TARGET __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,avx2,fma")))
#include LEVELS_BODY
#undef LEVEL_PAIRS
#undef LEVEL
#undef LEVEL_BYTES
#undef LEVEL_NAME
#undef LEVEL_TARGET
#endif
#endif
