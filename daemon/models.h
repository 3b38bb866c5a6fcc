/* models.h -- `wardcast model`: which trained models there are, what they are made of, and back to the one before.
 *
 * The registry is the folder of weights itself (STATE_DIR/models/GROUP/GRAIN.weights
 * and the two trainings before, .1 and .2): nothing can be out of step with it.
 * When a model was made is the time of its file, so that a training of the same
 * data gives the same bytes at any hour.
 *
 * A rollback exchanges the current file and an earlier one in one step, under
 * the lock that a training takes to put its file in place, and only after the
 * earlier one was read whole.  The next cycle forecasts with it.
 *
 * Threads  the main thread's own.
 */
#pragma once

int model_main(int argc, char **argv);
