/* What is kept of libraries, without its head and checksum, which are added. */
#include "packager/layer_memo.h"

#include "core/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "fnctl libraries 1\0" /* and the key, a NUL behind it */
                               "00000000000000000000000000000000";
    const uint8_t key[DIGEST_LEN] = {0};
    uint8_t digest[DIGEST_LEN] = {0};
    struct layer_findings findings = {.added = {0}};
    struct buf buf;

    buf_init(&buf, 0);
    buf_append(&buf, digest, sizeof(digest));
    buf_append(&buf, head, sizeof(head));
    buf_append(&buf, data, size);
    if (layer_memo_parse(buf.data, buf.len, key, &findings))
        abort(); /* a checksum that nobody made */
    digest_bytes(buf.data + DIGEST_LEN, buf.len - DIGEST_LEN, digest);
    memcpy(buf.data, digest, sizeof(digest));
    if (layer_memo_parse(buf.data, buf.len, key, &findings)) {
        for (size_t i = 1; i < findings.trace.count; i++)
            if (strcmp(findings.trace.items[i - 1].asked, findings.trace.items[i].asked) >= 0)
                abort();
        for (size_t i = 0; i < findings.added.count; i++)
            if (strncmp(findings.added.items[i].path, "lib/", 4) != 0)
                abort();
        layer_findings_release(&findings);
    } else if (findings.added.count || findings.trace.count || findings.warnings.count) {
        abort();
    }
    buf_release(&buf);
    return 0;
}
