#include "connectors/wire/csv_number.h"

#include <math.h>
#include <string.h>

enum { DIGITS = 10, LEAST_EXPONENT = -4 };
/* Powers that a double holds exactly. */
static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
static const guint64 most_exact = (guint64)1 << 53;

char *csv_number_digits(char *at, int digits, guint number)
{
    for (int k = digits; k-- > 0; number /= 10)
        at[k] = (char)('0' + number % 10);
    return at + digits;
}

/* number * 10^shift rounded to a whole number as the library rounds: to the nearest, of two to the even one. */
static guint64 scaled(double number, int shift)
{
    double product = number * power[shift], left = fma(number, power[shift], -product), whole = floor(product);
    double over = product - whole - 0.5; /* both differences are exact */
    guint64 result = (guint64)whole;
    gboolean up = over > 0 || (over == 0 && (left > 0 || (left == 0 && result % 2 == 1)));
    return result + up;
}

/* The ten digits of a number of 1e-4 to below 1e10, and its decimal exponent. */
static guint64 digits_of(double number, int *exponent)
{
    *exponent = LEAST_EXPONENT;
    while (*exponent < DIGITS - 1 && number * power[-LEAST_EXPONENT] >= power[*exponent + 1 - LEAST_EXPONENT])
        ++*exponent;
    guint64 result = scaled(number, DIGITS - 1 - *exponent);
    if (result >= (guint64)power[DIGITS]) {
        ++*exponent;
        result = (guint64)power[DIGITS - 1];
    }
    return result;
}

static gsize put_by_library(double number, char *text)
{
    g_ascii_formatd(text, CSV_NUMBER_BYTES, "%.10g", number);
    return strlen(text);
}

gsize csv_number_put(double number, char text[CSV_NUMBER_BYTES])
{
    double size = fabs(number);
    int exponent;
    /* the bounds leave room for a guess of the exponent that is one too low or high */
    if (!(size >= 1.001e-4 && size < 0.999e10))
        return put_by_library(number, text);
    guint64 value = digits_of(size, &exponent);
    if (value < (guint64)power[DIGITS - 1])
        return put_by_library(number, text);
    char digit[DIGITS], *at = text;
    int used = DIGITS;
    (void)csv_number_digits(csv_number_digits(digit, 5, (guint)(value / 100000)), 5, (guint)(value % 100000));
    while (used > 1 && digit[used - 1] == '0')
        used--;
    if (number < 0)
        *at++ = '-';
    if (exponent < 0) {
        memcpy(at, "0.0000", 6);
        at += 1 - exponent;
        memcpy(at, digit, (gsize)used);
        at += used;
    } else {
        int whole = exponent + 1;
        memcpy(at, digit, (gsize)whole);
        at += whole;
        if (used > whole) {
            *at++ = '.';
            memcpy(at, digit + whole, (gsize)(used - whole));
            at += used - whole;
        }
    }
    *at = '\0';
    return (gsize)(at - text);
}

static gboolean take_by_library(const char *text, double *number)
{
    for (const char *c = text; *c; c++)
        if (!g_ascii_isdigit(*c) && strchr("+-.eE", *c) == NULL)
            return FALSE; /* strtod would take hexadecimal and infinity */
    char *end;
    *number = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number);
}

gboolean csv_number_take(const char *text, double *number)
{
    const char *c = text + (*text == '-' || *text == '+');
    guint64 value = 0;
    int digits = 0, decimals = -1;
    for (; g_ascii_isdigit(*c) || (*c == '.' && decimals < 0); c++) {
        if (*c == '.') {
            decimals = 0;
            continue;
        }
        if (value >= most_exact / 16)
            return take_by_library(text, number);
        value = 10 * value + (guint64)(*c - '0');
        digits++;
        decimals += decimals >= 0;
    }
    if (*c != '\0' || digits == 0 || decimals >= (int)G_N_ELEMENTS(power))
        return take_by_library(text, number);
    double size = (double)value / power[MAX(decimals, 0)];
    *number = *text == '-' ? -size : size;
    return TRUE;
}
