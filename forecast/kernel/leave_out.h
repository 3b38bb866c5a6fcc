/* leave_out.h -- errors of a regression of few columns when each row is left out once, under several penalties at a time.
 *
 * Rows are read once for the sums, once for the errors under all penalties; what is
 * in between, the eigenvectors of a small matrix, is the caller's.
 *
 * Shapes   L = 16; row[rows][L] holds a row's `columns` <= 15 entries, then y, zeros after it, all centred;
 *          vector[columns][L]: entry k of row j is what column j says of direction k, zeros from `columns` on;
 *          inverse[columns][L], weight[columns][L]: of direction k under each of up to L penalties a,
 *          1 / (square_k + penalty_a) and that times what y says of the direction.
 * Source   D. M. Allen (1974), Technometrics 16(1): e_i / (1 - h_i).
 */
#pragma once
#include <glib.h>

enum { LEAVE_OUT_LANES = 16, LEAVE_OUT_COLUMNS = LEAVE_OUT_LANES - 1 };

/* Take the mean of all rows from each: mean[L]. */
void leave_out_centre(double *row, gsize rows, double mean[LEAVE_OUT_LANES]);

/* sum[L][L], upper triangle: of the products of a row's entries, y's among them. */
void leave_out_sums(const double *row, gsize rows, double sum[LEAVE_OUT_LANES * LEAVE_OUT_LANES]);

/* Each row becomes its errors, left out, under each penalty; squares: the sums of their squares.  1 - h is at least 1/1000. */
void leave_out_errors(double *row, gsize rows, gsize columns, const double *vector, const double *inverse, const double *weight,
                      double squares[LEAVE_OUT_LANES]);
