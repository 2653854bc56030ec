#include "packager/files/stamp.h"

#include <time.h>

enum { SECOND = 1000000000 };

uint64_t stamp_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now); /* what the kernel stamps files with */
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

bool stamp_is_settled(const struct entry_stamp *stamp, uint64_t moment)
{
    bool coarse = stamp->changed % SECOND == 0 && stamp->modified % SECOND == 0;

    return stamp->changed + (coarse ? UINT64_C(2) * SECOND : 0) < moment;
}

bool stamp_equal(const struct entry_stamp *a, const struct entry_stamp *b)
{
    return a->modified == b->modified && a->changed == b->changed && a->inode == b->inode &&
           a->device == b->device;
}
