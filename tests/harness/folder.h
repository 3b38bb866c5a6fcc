/* folder.h -- take a test's temporary folder away again.
 *
 * Threads  any.
 */
#pragma once

/* Delete a folder and all in it, without following links; what is not there is fine. */
void folder_remove(const char *path);
