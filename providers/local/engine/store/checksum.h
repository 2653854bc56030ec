/* The checksums of S3: algorithms by their names on the wire, computed as data comes. */
#ifndef FNCTL_ENGINE_CHECKSUM_H
#define FNCTL_ENGINE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

enum { CHECKSUM_LEN = 48 }; /* in base64 and NUL; the longest is SHA-256's 44 */

struct checksum;

/* "CRC32", "CRC32C", "CRC64NVME", "SHA1" or "SHA256", in either case; NULL: it is none of them. */
struct checksum *checksum_new(const char *algorithm);
void checksum_update(struct checksum *checksum, const void *data, size_t len);

/* Writes the base64 of it, as x-amz-checksum-NAME has it, and frees it. */
void checksum_finish(struct checksum *checksum, char text[static CHECKSUM_LEN]);
void checksum_free(struct checksum *checksum);

/* The name in upper case, as in XML and x-amz-checksum-algorithm; NULL: it is none of them. */
const char *checksum_name(const char *algorithm);

/* The names, NULL at the end. */
extern const char *const checksum_names[];

#endif
