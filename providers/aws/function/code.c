#include "providers/aws/function/code.h"

#include "core/file.h"
#include "providers/aws/storage/upload.h"

#include <stdlib.h>
#include <string.h>

json_t *code_send(struct session *session, const struct artifact *artifact, const char *subject,
                  struct err *err)
{
    struct buf zip;
    char *text = NULL;
    json_t *code;

    if (artifact->size > ARTIFACT_DIRECT_MAX)
        return upload_zip(session, artifact, subject, err);
    buf_init(&zip, 0);
    if (file_read(artifact->path, 0, &zip, err) == 0)
        text = hash_base64(zip.data, zip.len);
    buf_release(&zip);
    code = text ? json_pack("{s:s}", "ZipFile", text) : NULL;
    free(text);
    return code;
}

int code_verify(const struct artifact *artifact, const char *sha256, const char *subject,
                struct err *err)
{
    if (!*sha256 || strcmp(sha256, artifact->sha256) == 0)
        return 0;
    return err_set(err, ERR_SERVICE,
                   "%s: what Lambda took has the SHA-256 %s, and not that of '%s', %s: somebody "
                   "changed it on its way; run it again",
                   subject, sha256, artifact->path, artifact->sha256);
}
