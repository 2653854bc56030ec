/* Function and layer zips, unpacked so that nothing leaves the folder. */
#ifndef FNCTL_ENGINE_UNPACK_H
#define FNCTL_ENGINE_UNPACK_H

#include "core/err.h"

#include <stdint.h>
#include <zip.h>

/* Lambda's limit on the unzipped size, layers included. */
#define UNPACK_MAX 262144000

enum { UNPACK_ENTRIES = 200000 };

/*
 * Whether every entry stays in its folder: no absolute names, no "..", no
 * link that leads out, nothing that is to be written through a link, no
 * device, no name twice, at most UNPACK_MAX bytes by the directory's word.
 * `unzipped` takes the sum of the sizes. Errors: ERR_PACKAGE, naming the entry.
 */
int unpack_check(zip_t *zip, uint64_t *unzipped, struct err *err);

/* Writes the entries of a zip that passed unpack_check() below the empty `folder`. An entry that
 * holds more than its directory says, or is damaged, is ERR_PACKAGE. */
int unpack_into(zip_t *zip, const char *folder, struct err *err);

#endif
