/*
 * Runs a fuzz target over its corpus, with any compiler: replay FOLDER...
 * Every file below the folders is one input. A folder that is missing or
 * empty is a failure: a target without a corpus proves nothing.
 */
#include "core/buf.h"
#include "core/err.h"
#include "core/file.h"
#include "core/memory.h"

#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_MAX = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
    struct err err = {0};
    struct buf input;
    uint8_t *copy;

    buf_init(&input, INPUT_MAX);
    if (file_read(path, INPUT_MAX, &input, &err) < 0) {
        fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    /* Of exactly the input's size, so that a sanitizer sees a read behind it. */
    copy = xcalloc(input.len, 1);
    if (input.len)
        memcpy(copy, input.data, input.len);
    fprintf(stderr, "%s\n", path); /* the last one named is the one that crashed */
    LLVMFuzzerTestOneInput(copy, input.len);
    free(copy);
    buf_release(&input);
    return 0;
}

/* The number of files that ran below `folder`, -1 on failure. */
static long replay_folder(char *folder)
{
    char *roots[] = {folder, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;
    long count = 0;

    while (tree && count >= 0 && (entry = fts_read(tree))) {
        if (entry->fts_info == FTS_F)
            count = replay_file(entry->fts_accpath) < 0 ? -1 : count + 1;
        else if (entry->fts_info == FTS_NS || entry->fts_info == FTS_DNR)
            count = -1;
    }
    if (tree)
        fts_close(tree);
    return tree ? count : -1;
}

int main(int argc, char **argv)
{
    int result = argc > 1 ? 0 : 1;

    for (int i = 1; i < argc; i++) {
        long count = replay_folder(argv[i]);

        if (count <= 0) {
            fprintf(stderr, "no inputs in '%s'\n", argv[i]);
            result = 1;
        }
    }
    return result;
}
