/* csv_number.h -- numbers as text, exactly as the C library writes and reads them, in a tenth of its time.
 *
 * A region's forecasts are forty million numbers.  Those that people write, of a
 * few digits and no exponent, take a multiplication each; all others are left to
 * the library.  A dot stands for the decimals, whatever the locale.
 *
 * Source   W. D. Clinger (1990), How to read floating point numbers accurately, PLDI; the product of two
 *          doubles is exact in two doubles: T. J. Dekker (1971), Numer. Math. 18(3).
 * Threads  pure.
 */
#pragma once
#include <glib.h>

enum { CSV_NUMBER_BYTES = 32 };

/* Write a finite number as "%.10g" does, NUL at the end; returns the length. */
gsize csv_number_put(double number, char text[CSV_NUMBER_BYTES]);

/* FALSE: not a finite decimal number. */
gboolean csv_number_take(const char *text, double *number) G_GNUC_WARN_UNUSED_RESULT;

/* So many digits, zeros in front, no NUL; returns what follows them. */
char *csv_number_digits(char *at, int digits, guint number);
