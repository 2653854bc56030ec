/* Whether a file is as it was, by its stamp: what may be concluded from it, and when. */
#ifndef FNCTL_PACKAGER_FILES_STAMP_H
#define FNCTL_PACKAGER_FILES_STAMP_H

#include "packager/files/entries.h"

#include <stdbool.h>
#include <stdint.h>

/* Now, in nanoseconds, by the clock that files are stamped with. */
uint64_t stamp_clock(void);

/* Whether a change after `moment` would show in the stamp: not in that of a file which changed in
 * that moment, or later. Some file systems count in seconds, or two. */
bool stamp_is_settled(const struct entry_stamp *stamp, uint64_t moment);

bool stamp_equal(const struct entry_stamp *a, const struct entry_stamp *b);

#endif
